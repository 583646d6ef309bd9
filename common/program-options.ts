// What the programs beside the management cluster have in common on their command lines.
import { InvalidArgumentError, type Command } from 'commander';
import { z } from 'zod';
import { parsePort, type HostPort } from './host-port.ts';

/** An address to listen at, as commander hands it on. */
export const Address = z.object({ host: z.string(), port: z.int() });

/** What the options below give. */
export const programOptions = {
  kubeconfig: z.string().optional(),
  temporalAddress: z.string().optional(),
  temporalNamespace: z.string().optional(),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error']),
  metricsListen: Address.optional(),
};

export function addKubeconfigOption(command: Command): Command {
  return command.option('--kubeconfig <file>', 'kubeconfig of the management cluster; in-cluster when left out');
}

export function addTemporalOptions(command: Command): Command {
  return command
    .option('--temporal-address <host:port>', 'frontend of Temporal; as TEMPORAL_ADDRESS, else 127.0.0.1:7233')
    .option('--temporal-namespace <name>', 'namespace in Temporal; as TEMPORAL_NAMESPACE, else default');
}

/** `toListen`: how the program reads an address to listen at. */
export function addStatusOptions(command: Command, toListen: (text: string) => HostPort): Command {
  return command
    .option('--log-level <level>', 'trace, debug, info, warn or error', 'info')
    .option('--metrics-port <port>', 'as --metrics-listen 127.0.0.1:PORT', toPort)
    .option('--metrics-listen <host:port>', 'serve /metrics, and /healthz and /readyz for a kubelet, here', toListen);
}

/** The parsed options with the port in the place of an address, where that was not given. */
export function withMetricsListen({ metricsPort, ...given }: Record<string, unknown>): Record<string, unknown> {
  const metrics = metricsPort === undefined ? {} : { metricsListen: { host: '127.0.0.1', port: metricsPort } };
  return { ...metrics, ...given };
}

function toPort(text: string): number {
  const port = parsePort(text);
  if (port !== undefined) return port;
  throw new InvalidArgumentError('a port is a number from 1 to 65535');
}
