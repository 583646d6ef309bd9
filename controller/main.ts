// Composition root of the controller: reconcilers, control worker, metrics. One replica; correctness needs no election.
import { createClusterActivities } from '../activities/cluster/index.ts';
import { describeError } from '../common/errors.ts';
import type { Kube } from '../common/kube/client.ts';
import { connect } from '../common/kube/connect.ts';
import { readManagementUid } from '../common/kube/management.ts';
import { retryForever } from '../common/kube/retry-forever.ts';
import { createLogger, type Logger } from '../common/log.ts';
import { runControlWorker } from './control-worker.ts';
import { Controller } from './controller.ts';
import { runEnrolment, type Enrolment } from './enrolment/run-enrolment.ts';
import { forwardTemporalLogs } from './forward-logs.ts';
import { Metrics } from './metrics.ts';
import { parseOptions, type Options } from './options.ts';
import { ensureSigningKey, type SigningKeys } from './signing-key.ts';
import { createWorkflowWaker } from './workflow-waker.ts';

/** After this long a stop is carried out whatever still runs: every effect survives it. */
const STOP_MS = 10_000;

async function main(options: Options): Promise<void> {
  const log = createLogger('byo-controller', options.logLevel);
  forwardTemporalLogs(log);
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
  const kube = connect(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig });
  const { management, signingKey } = await retryForever(
    async () => ({ management: await readManagementUid(kube), signingKey: await ensureSigningKey(kube) }),
    { log, what: 'the management cluster', signal: stopping.signal },
  );
  const temporal = { address: options.temporalAddress, namespace: options.temporalNamespace };
  const waker = createWorkflowWaker(temporal);
  const metrics = new Metrics();
  const server = options.metricsPort === undefined ? undefined : metrics.serve(options.metricsPort);
  const controller = new Controller({ kube, waker, management, log, metrics, namespace: options.namespace });
  const activities = createClusterActivities({ kube, signingKey, management });
  const onForgotten = (): void => controller.tellAnew();
  const worker = runControlWorker({ ...temporal, management, activities, onForgotten, log, signal: stopping.signal });
  await controller.synced;
  const enrolment = await retryForever(
    () => startEnrolment(options, { kube, management, log, controller, signers: signingKey.trusted }),
    { log, what: 'enrolment', signal: stopping.signal },
  );
  log.info({ management }, 'controller runs');
  await worker;
  await Promise.all([controller.stop(), enrolment?.stop(), waker.close()]);
  server?.close();
}

type Parts = { kube: Kube; management: string; log: Logger; controller: Controller; signers: SigningKeys['trusted'] };

/** Without an address to listen on there is no enrolment, and no CA is made. */
async function startEnrolment(
  { enrolmentListen: listen, gatewayAddress, namespace }: Options,
  { controller, ...parts }: Parts,
): Promise<Enrolment | undefined> {
  if (!listen) return undefined;
  const findHosts = (hostID: string) => controller.findHosts(hostID);
  return runEnrolment({ ...parts, findHosts, listen, gatewayAddress, namespace });
}

const parsed = parseOptions(process.argv);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => setTimeout(() => process.exit(0), STOP_MS).unref());
}
try {
  await main(parsed);
  // Timers and sockets of libraries keep the process alive after everything of ours has ended.
  process.exit(0);
} catch (error) {
  const stopped = error instanceof Error && error.name === 'AbortError';
  if (!stopped) createLogger('byo-controller').fatal({ error: describeError(error) }, 'controller ends');
  process.exit(stopped ? 0 : 1);
}
