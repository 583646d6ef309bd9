// The command line of the gateway.
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { parseHostPort, parseListen, type HostPort } from '../common/host-port.ts';
import {
  addKubeconfigOption,
  Address,
  addStatusOptions,
  addTemporalOptions,
  programOptions,
  withMetricsListen,
} from '../common/program-options.ts';
import { GATEWAY_SECRET, SYSTEM_NAMESPACE } from '../api/names.ts';

const Options = z.object({
  ...programOptions,
  listen: Address,
  controller: z.string(),
  bundles: z.string().optional(),
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
  const command = new Command('byo-gateway').description(
    'The only door for hosts: admits them by certificate and passes on what they may say.',
  );
  const listen = { host: '0.0.0.0', port: 8443 };
  addKubeconfigOption(command).option('--listen <host:port>', 'where hosts connect', toListen, listen);
  addTemporalOptions(command)
    .requiredOption(
      '--controller <host:port>',
      'where the controller answers enrollments (its --enrollment-listen)',
      toAddress,
    )
    .option('--bundles <dir>', 'folder with an OCI image layout to serve to hosts; none when left out');
  addStatusOptions(command, toListen).addHelpText('after', HELP);
  return Options.parse(withMetricsListen(command.parse(argv).opts()));
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
