// The command line of the gateway.
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { parseHostPort, parseListen, parsePort, type HostPort } from '../common/host-port.ts';
import { GATEWAY_SECRET, SYSTEM_NAMESPACE } from '../api/names.ts';

const Address = z.object({ host: z.string(), port: z.int() });

const Options = z.object({
  kubeconfig: z.string().optional(),
  listen: Address,
  temporalAddress: z.string().optional(),
  temporalNamespace: z.string().optional(),
  controller: z.string(),
  bundles: z.string().optional(),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error']),
  metricsListen: Address.optional(),
});
export type Options = z.infer<typeof Options>;

const HELP = `
Hosts reach everything through this one TCP port (TLS 1.3): Temporal over HTTP/2, and over HTTP/1.1 enrollment, reports,
leases and bundles. A host is let in by the certificate that the controller gave it, while its key is pinned in its
ByoHost; only enrollment and renewal need none.

The certificate, the CA and the keys that seal task tokens come from the Secret ${SYSTEM_NAMESPACE}/${GATEWAY_SECRET}, which the
controller makes and renews. The gateway waits for it, reads it again every 30 s, and keeps nothing on disk. Run as many
gateways as you like with the same options.

Example:
  npm run gateway -- --listen 0.0.0.0:8443 --temporal-address temporal:7233 \\
    --controller byo-controller.byo-system:9443 --bundles /srv/bundles --metrics-port 9090`;

/** Parses `argv` (as process.argv); `--help` and errors are commander's. */
export function parseOptions(argv: string[]): Options {
  const command = new Command('byo-gateway')
    .description('The only door for hosts: admits them by certificate and passes on what they may say.')
    .option('--kubeconfig <file>', 'kubeconfig of the management cluster; in-cluster when left out')
    .option('--listen <host:port>', 'where hosts connect', toListen, { host: '0.0.0.0', port: 8443 })
    .option('--temporal-address <host:port>', 'frontend of Temporal; as TEMPORAL_ADDRESS, else 127.0.0.1:7233')
    .option('--temporal-namespace <name>', 'namespace in Temporal; as TEMPORAL_NAMESPACE, else default')
    .requiredOption(
      '--controller <host:port>',
      'where the controller answers enrollments (its --enrollment-listen)',
      toAddress,
    )
    .option('--bundles <dir>', 'folder with an OCI image layout to serve to hosts; none when left out')
    .option('--log-level <level>', 'trace, debug, info, warn or error', 'info')
    .option('--metrics-port <port>', 'as --metrics-listen 127.0.0.1:PORT', toPort)
    .option('--metrics-listen <host:port>', 'serve /metrics, and /healthz and /readyz for a kubelet, here', toListen)
    .addHelpText('after', HELP);
  const { metricsPort, ...given } = command.parse(argv).opts();
  const metrics = metricsPort === undefined ? {} : { metricsListen: { host: '127.0.0.1', port: metricsPort } };
  return Options.parse({ ...metrics, ...given });
}

function toListen(text: string): HostPort {
  const address = parseListen(text);
  if (address) return address;
  throw new InvalidArgumentError('an address is host:port, an IPv6 address in brackets: [::]:8443');
}

function toAddress(text: string): string {
  if (parseHostPort(text)) return text;
  throw new InvalidArgumentError('an address is host:port, an IPv6 address in brackets: [2001:db8::1]:8444');
}

function toPort(text: string): number {
  const port = parsePort(text);
  if (port !== undefined) return port;
  throw new InvalidArgumentError('a port is a number from 1 to 65535');
}
