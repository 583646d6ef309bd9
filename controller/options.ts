// The command line of the controller.
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';

const Options = z.object({
  kubeconfig: z.string().optional(),
  namespace: z.string().optional(),
  temporalAddress: z.string(),
  temporalNamespace: z.string(),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error']),
  metricsPort: z.int().optional(),
});
export type Options = z.infer<typeof Options>;

/** Parses `argv` (as process.argv); `--help` and errors are commander's. */
export function parseOptions(argv: string[]): Options {
  const command = new Command('byo-controller')
    .description('Reconciles ByoClusters, ByoMachines and ByoHosts, and runs the control worker of Temporal.')
    .option('--kubeconfig <file>', 'kubeconfig of the management cluster; in-cluster when left out')
    .option('--namespace <name>', 'watch one namespace only; all when left out')
    .option('--temporal-address <host:port>', 'frontend of Temporal', '127.0.0.1:7233')
    .option('--temporal-namespace <name>', 'namespace in Temporal', 'default')
    .option('--log-level <level>', 'trace, debug, info, warn or error', 'info')
    .option('--metrics-port <port>', 'serve Prometheus metrics on this port of 127.0.0.1', toPort);
  return Options.parse(command.parse(argv).opts());
}

function toPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('a port is a number from 1 to 65535');
}
