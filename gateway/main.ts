// Composition root of the gateway. It keeps nothing, so that several may run and any may be killed.
import type { Server } from 'node:http';
import { describeError } from '../common/errors.ts';
import { connect } from '../common/kube/connect.ts';
import { createLogger, type Logger } from '../common/log.ts';
import { readTemporalLink } from '../common/temporal-link.ts';
import { serveStatus } from '../common/serve-status.ts';
import { followCredentials, readCredentials } from './credentials.ts';
import { startGateway, type Gateway } from './gateway.ts';
import { parseOptions, type Options } from './options.ts';

const WRITE_TIMEOUT_MS = 10_000;
/** After this long a stop is carried out whatever still runs: hosts come back by themselves. */
const STOP_MS = 10_000;

async function main(options: Options, log: Logger, signal: AbortSignal): Promise<void> {
  const at = options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig };
  const running: { gateway?: Gateway } = {};
  // From the beginning: it lives, though it waits for its Secret.
  const server = openStatus(options, running);
  const kube = { watch: connect(at), write: connect({ ...at, timeoutMs: WRITE_TIMEOUT_MS }) };
  const credentials = await readCredentials(kube.watch, { log, signal });
  const { listen, controller, bundles } = options;
  const flags = { address: options.temporalAddress, namespace: options.temporalNamespace };
  const readLink = () => readTemporalLink(flags);
  const gateway = await startGateway({ kube, credentials, listen, readLink, controller, bundles, log });
  running.gateway = gateway;
  const { address, port } = gateway.address;
  log.info({ address, port, installation: credentials.installation }, 'gateway runs');
  await followCredentials(kube.watch, { log, signal, onChange: gateway.setCredentials }, credentials);
  await gateway.close();
  server?.close();
}

function openStatus({ metricsListen }: Options, running: { gateway?: Gateway }): Server | undefined {
  if (!metricsListen) return undefined;
  const metrics = async () => (await running.gateway?.metrics.text()) ?? '';
  return serveStatus(metricsListen, { isReady: () => running.gateway !== undefined, metrics });
}

const parsed = parseOptions(process.argv);
const log = createLogger('byo-gateway', parsed.logLevel);
const stopping = new AbortController();
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.once(name, () => {
    stopping.abort();
    setTimeout(() => process.exit(0), STOP_MS).unref();
  });
}
try {
  await main(parsed, log, stopping.signal);
  // Sockets of hosts keep the process alive after everything of ours has ended.
  process.exit(0);
} catch (error) {
  if (!stopping.signal.aborted) log.fatal({ error: describeError(error) }, 'gateway ends');
  process.exit(stopping.signal.aborted ? 0 : 1);
}
