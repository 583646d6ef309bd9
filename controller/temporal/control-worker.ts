// Runs the control worker for as long as the controller runs. Whatever Temporal does (away, without its namespace, refusing
// us), the rest of the controller goes on, and this tries again: nothing of it ends the process.
import { NativeConnection, type Worker } from '@temporalio/worker';
import type { ClusterActivities } from '../../api/activities.ts';
import { controlQueueOf } from '../../api/names.ts';
import { decideBackoff } from '../../common/backoff.ts';
import { describeError } from '../../common/errors.ts';
import { retryForever } from '../../common/retry-forever.ts';
import type { Logger } from '../../common/log.ts';
import { pause } from '../../common/pause.ts';
import type { TemporalLink } from '../../common/temporal-link.ts';
import { TEMPORAL_BACKOFF } from '../../workers/connection.ts';
import { createControlWorker } from '../../workers/control.ts';
import { keepWorking } from '../../workers/host.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { ensureNamespace } from './namespace.ts';
import { SearchAttributesKeeper } from './search-attributes.ts';
import { watchLink } from './watch-link.ts';
import { watchNamespace } from './detect-reset.ts';
import { watchRuns, type RunWatch } from './watch-runs.ts';

export type ControlWorkerSettings = {
  /** The link as it is configured now, read afresh for each connection. */
  readLink: () => TemporalLink;
  management: string;
  activities: ClusterActivities;
  /** Temporal lost its database: everything that was told to a workflow is gone. */
  onForgotten: () => void;
  /** A run cannot go on and is about to be ended; it was ended, and has to be begun anew. */
  onStuck: (workflowId: string, cause: string) => Promise<void>;
  onEnded: (workflowId: string) => void;
  metrics: Pick<Metrics, 'showTemporal' | 'countEndedRun'>;
  log: Logger;
  signal: AbortSignal;
  /** Only tests need others. */
  workflowBundle?: { codePath: string };
  pace?: Pick<RunWatch, 'everyMs' | 'afterMs'>;
  linkEveryMs?: number;
};

/** Resolves when `signal` has stopped it, and rejects never. */
export async function runControlWorker(settings: ControlWorkerSettings): Promise<void> {
  const { log, metrics, signal } = settings;
  for (let failures = 1; !signal.aborted; failures += 1) {
    metrics.showTemporal({ polls: false });
    try {
      await workOnce(settings);
    } catch (error) {
      if (signal.aborted) return;
      const inMs = decideBackoff(TEMPORAL_BACKOFF, failures, Math.random());
      log.error({ inMs, error: describeError(error) }, 'the control worker has ended; another one is made');
      await pause(inMs, signal);
    }
  }
}

/** One connection and one worker, from the first try to their end. */
async function workOnce(settings: ControlWorkerSettings): Promise<void> {
  const { readLink, log, metrics, signal } = settings;
  const open = async () => openLink(readLink());
  const { link, connection } = await retryForever(open, { log, what: 'the link to Temporal', signal });
  const { address, namespace } = link;
  try {
    const attributes = new SearchAttributesKeeper({ connection, namespace, log, metrics });
    const prepare = () => prepareNamespace(settings, { connection, namespace, attributes });
    await retryForever(prepare, { log, what: `namespace ${namespace} of Temporal`, signal });
    const { management, activities, workflowBundle } = settings;
    const taskQueue = controlQueueOf(management);
    const worker = await createControlWorker({
      connection,
      namespace,
      taskQueue,
      activities,
      isSearchable: () => attributes.usable,
      ...(workflowBundle && { workflowBundle }),
    });
    log.info({ address, namespace }, 'control worker polls');
    await workAndWatch(settings, worker, { link, connection, taskQueue, attributes });
  } finally {
    await closeConnection(connection, log);
  }
}

async function openLink(link: TemporalLink): Promise<{ link: TemporalLink; connection: NativeConnection }> {
  return { link, connection: await NativeConnection.connect({ ...link.options, address: link.address }) };
}

type Working = {
  link: TemporalLink;
  connection: NativeConnection;
  taskQueue: string;
  attributes: SearchAttributesKeeper;
};

/** Until the worker ends: with it everything that is looked after beside it. */
async function workAndWatch(settings: ControlWorkerSettings, worker: Worker, working: Working): Promise<void> {
  const { link, connection, taskQueue, attributes } = working;
  const { namespace } = link;
  const ended = new AbortController();
  const renewed = new AbortController();
  const signal = AbortSignal.any([settings.signal, ended.signal]);
  settings.metrics.showTemporal({ polls: true });
  await Promise.all([
    runWorker(worker, AbortSignal.any([settings.signal, renewed.signal])).finally(() => ended.abort()),
    attributes.keep(signal),
    watchForgetting(settings, { namespace, connection, attributes, signal }),
    watchRuns({ ...settings, ...settings.pace, namespace, connection, taskQueue, signal }),
    watchLink({ ...settings, link, signal, onChange: () => renewed.abort() }),
  ]);
}

type Prepared = Pick<Working, 'connection' | 'attributes'> & { namespace: string };

async function prepareNamespace(
  { log, onForgotten }: ControlWorkerSettings,
  { connection, namespace, attributes }: Prepared,
): Promise<void> {
  const { made } = await ensureNamespace(connection.workflowService, namespace, log);
  // What was told before went with the namespace of the same name, if there was one.
  if (made) onForgotten();
  await attributes.ensure();
}

/** A worker whose polls were refused for a minute is dead; its run() may never settle, so its state is looked at too. */
async function runWorker(worker: Worker, signal: AbortSignal): Promise<void> {
  const stop = (): void => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  signal.addEventListener('abort', stop, { once: true });
  const working = keepWorking(worker);
  if (signal.aborted) stop();
  await working;
}

type Forgetting = Prepared & { signal: AbortSignal };

function watchForgetting(
  { onForgotten, log }: ControlWorkerSettings,
  { namespace, connection, attributes, signal }: Forgetting,
): Promise<void> {
  return watchNamespace({
    readId: async () => (await ensureNamespace(connection.workflowService, namespace, log)).id,
    onReplaced: async () => {
      await attributes.ensure();
      onForgotten();
    },
    log,
    signal,
  });
}

/** A worker that died holds its connection: that one is left behind, and the next worker has its own. */
async function closeConnection(connection: NativeConnection, log: Logger): Promise<void> {
  try {
    await connection.close();
  } catch (error) {
    log.debug({ error: describeError(error) }, 'the connection of a dead worker cannot be closed');
  }
}
