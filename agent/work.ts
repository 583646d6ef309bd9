// Polling the host's queue for as long as the agent lives, however long the link takes to come up.
import type { Worker } from '@temporalio/worker';
import { createHostActivities, type HostActivityDeps } from '../activities/host/index.ts';
import type { Logger } from '../common/log.ts';
import { describeError } from '../common/errors.ts';
import { forwardTemporalLogs } from '../workers/forward-logs.ts';
import { createHostWorker, keepWorking } from '../workers/host.ts';
import { handBackTasks } from './link/hand-back.ts';
import type { NotedTasks } from './link/pending-tasks.ts';
import type { AgentOperations } from './operations.ts';
import { retryOverLink } from './link/back-off.ts';
import { openTemporalLink, TEMPORAL_NAMESPACE } from './link/temporal.ts';
import type { Reachability } from './link/reachability.ts';
import type { Tunnel } from './link/tunnel.ts';

export type WorkOptions = {
  tunnel: Tunnel;
  reachability: Reachability;
  deps: HostActivityDeps & { operations: AgentOperations; pendingTasks: NotedTasks };
  log: Logger;
  signal: AbortSignal;
};

/** `done` settles after the signal, and rejects when the worker failed; `isAlive` is for the watchdog. */
export type Work = { done: Promise<void>; isAlive: () => boolean };

const BACK_OFF = { least: 1000, most: 60_000 };
/** After this the process ends anyway: what is in flight is attached to again by the next attempt. */
const SHUTDOWN_MILLISECONDS = 4000;

export function startHostWorker(options: WorkOptions): Work {
  forwardTemporalLogs(options.log);
  let worker: Worker | undefined;
  const run = async () => {
    worker = await openWorker(options);
    const ended = Promise.withResolvers<void>();
    options.signal.addEventListener('abort', () => {
      if (worker?.getState() === 'RUNNING') worker.shutdown();
      setTimeout(ended.resolve, SHUTDOWN_MILLISECONDS);
    });
    await Promise.race([keepWorking(worker), ended.promise]);
  };
  return { done: ignoreAfterAbort(run(), options.signal), isAlive: () => worker?.getState() !== 'FAILED' };
}

/** A namespace that does not answer yet, or a cut in the middle, is waited out like a missing link. */
function openWorker({ tunnel, reachability, deps, log, signal }: WorkOptions): Promise<Worker> {
  const { hostID } = deps;
  const activities = createHostActivities(deps);
  const attempt = async () => {
    const connection = await openTemporalLink({ tunnel, reachability, log, signal });
    await handBackTasks({ connection, hostID, tasks: deps.pendingTasks, log });
    return createHostWorker({ connection, namespace: TEMPORAL_NAMESPACE, hostID, activities });
  };
  const onFailure = (error: unknown, wait: number) =>
    log.warn({ wait, error: describeError(error) }, 'no worker could be made; trying again');
  return retryOverLink(attempt, { ...BACK_OFF, signal, onFailure, reachability });
}

async function ignoreAfterAbort(work: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await work;
  } catch (error) {
    // The abort itself comes out of every wait as an error; it is how the agent ends.
    if (!signal.aborted) throw error;
  }
}
