// Composition root of the controller: reconcilers, control worker, metrics. One replica; correctness needs no election.
import type { Server } from 'node:http';
import { createClusterActivities } from '../activities/cluster/index.ts';
import { describeError } from '../common/errors.ts';
import type { Kube } from '../common/kube/client.ts';
import { connect } from '../common/kube/connect.ts';
import { readManagementUid } from '../common/kube/management.ts';
import { retryForever } from '../common/retry-forever.ts';
import { createLogger, type Logger } from '../common/log.ts';
import { serveStatus, type Status } from '../common/serve-status.ts';
import { readTemporalLink } from '../common/temporal-link.ts';
import { runControlWorker } from './temporal/control-worker.ts';
import { Controller } from './controller.ts';
import { runEnrollment, type Enrollment } from './enrollment/run-enrollment.ts';
import { forwardTemporalLogs } from '../workers/forward-logs.ts';
import { Metrics } from './runtime/metrics.ts';
import { parseOptions, type Options } from './options.ts';
import { tellStuck } from './temporal/report-stuck.ts';
import { TrustKeeper } from './keys/trust-keeper.ts';
import { createWorkflowSignaler } from './temporal/notifier.ts';

/** After this long a stop is carried out whatever still runs: every effect survives it. */
const STOP_MS = 10_000;

async function main(options: Options): Promise<void> {
  const log = createLogger('byo-controller', options.logLevel);
  forwardTemporalLogs(log);
  const { signal } = listenForStop();
  const metrics = new Metrics();
  let ready = false;
  // From the beginning: it lives, though it waits for the API server.
  const server = openStatus(options, { isReady: () => ready, metrics: () => metrics.text() });
  const kube = connect(options.kubeconfig === undefined ? {} : { kubeconfig: options.kubeconfig });
  const trust = new TrustKeeper({ kube, log, newInstallation: options.newInstallation });
  const management = await retryForever(() => look(kube, trust), { log, what: 'the management cluster', signal });
  const readLink = () => readTemporalLink({ address: options.temporalAddress, namespace: options.temporalNamespace });
  const signaler = createWorkflowSignaler(readLink);
  metrics.watchTrust(() => trust.lost !== undefined);
  const shared = { kube, management, log, namespace: options.namespace };
  const controller = new Controller({ ...shared, signaler, metrics, trustLost: () => trust.lost });
  void controller.synced.then(() => (ready = true));
  trust.onChange = () => controller.lookAtHosts();
  const { hintsOf } = controller;
  const activities = createClusterActivities({ kube, signingKey: trust.signingKey, management, hintsOf });
  // Waited for together: Temporal's trouble keeps nothing else back, and no end of either is missed.
  const [, enrollment] = await Promise.all([
    runControlWorker({ readLink, management, activities, ...toldBy(controller, kube), metrics, log, signal }),
    beginRest(options, { kube, management, log, controller, trust }, signal),
  ]);
  await Promise.all([controller.stop(), enrollment?.stop(), signaler.close()]);
  server?.close();
}

function openStatus({ metricsListen }: Options, status: Status): Server | undefined {
  return metricsListen && serveStatus(metricsListen, status);
}

/** What the control worker finds out of Temporal's runs is the reconcilers' to act on. */
function toldBy(controller: Controller, kube: Kube) {
  return {
    onForgotten: (): void => controller.notifyAll(),
    onStuck: (workflowId: string, cause: string) => tellStuck(kube, workflowId, cause),
    onEnded: (workflowId: string): void => controller.notifyAgain(workflowId),
  };
}

function listenForStop(): AbortController {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
  return stopping;
}

/** The UID of kube-system; and the signing key is taken up, made, or known to be lost. */
async function look(kube: Kube, trust: TrustKeeper): Promise<string> {
  await trust.look();
  return readManagementUid(kube);
}

type Parts = { kube: Kube; management: string; log: Logger; controller: Controller; trust: TrustKeeper };

/** What needs no Temporal: reconcilers once their caches are there, and enrollment. */
async function beginRest(options: Options, parts: Parts, signal: AbortSignal): Promise<Enrollment | undefined> {
  const { controller, log, management, trust } = parts;
  await controller.synced;
  log.info({ management }, 'controller runs');
  const begin = () => trust.watch(() => startEnrollment(options, parts));
  return retryForever(begin, { log, what: 'enrollment', signal });
}

/** Without an address to listen on there is no enrollment, and no CA is made. */
async function startEnrollment(
  { enrollmentListen: listen, gatewayAddress, namespace, newInstallation }: Options,
  { controller, trust, ...parts }: Parts,
): Promise<Enrollment | undefined> {
  const { trusted: signers } = await trust.signers();
  if (!listen) return undefined;
  const findHosts = (hostID: string) => controller.findHosts(hostID);
  const watchTrust = (use: () => Promise<void>) => trust.watch(use);
  const how = { listen, gatewayAddress, namespace, newInstallation };
  return runEnrollment({ ...parts, ...how, signers, findHosts, watchTrust });
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
