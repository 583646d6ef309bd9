// Runs the control worker for as long as the controller runs: reconcilers go on without it while Temporal is down.
import type { NativeConnection, Worker } from '@temporalio/worker';
import type { ClusterActivities } from '../api/activities.ts';
import { controlQueueOf } from '../api/names.ts';
import type { Logger } from '../common/log.ts';
import { connectTemporal } from '../workers/connection.ts';
import { createControlWorker } from '../workers/control.ts';
import { ensureSearchAttributes } from '../workers/search-attributes.ts';
import { watchNamespace } from './watch-namespace.ts';

export type ControlWorkerSettings = {
  address: string;
  namespace: string;
  management: string;
  activities: ClusterActivities;
  /** Temporal lost its database: everything that was told to a workflow is gone. */
  onForgotten: () => void;
  log: Logger;
  signal: AbortSignal;
};

/** A worker in this state polls no more, and its run() never settles: only a new process helps. */
const DEAD_STATE = 'FAILED';
const CHECK_MS = 10_000;

/** Resolves when `signal` has stopped it; rejects when the worker is dead, and then the process should end. */
export async function runControlWorker(settings: ControlWorkerSettings): Promise<void> {
  const { address, namespace, log, signal } = settings;
  const connection = await connectTemporal({ address, log, signal });
  const worker = await createControlWorker({
    connection,
    namespace,
    taskQueue: controlQueueOf(settings.management),
    activities: settings.activities,
  });
  log.info({ address }, 'control worker polls');
  const stop = (): void => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  signal.addEventListener('abort', stop, { once: true });
  const ended = worker.run();
  if (signal.aborted) stop();
  const watching = watchNamespace({
    readId: () => readNamespaceId(connection, namespace),
    onReplaced: async () => {
      await ensureSearchAttributes(connection, namespace);
      settings.onForgotten();
    },
    log,
    signal,
  });
  await Promise.race([ended, rejectWhenDead(worker)]);
  await watching;
  await connection.close();
}

async function readNamespaceId(connection: NativeConnection, namespace: string): Promise<string> {
  const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
  return namespaceInfo?.id ?? '';
}

function rejectWhenDead(worker: Worker): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setInterval(() => {
      if (worker.getState() !== DEAD_STATE) return;
      clearInterval(timer);
      reject(new Error('the control worker has failed and polls no more; the process ends to be started anew'));
    }, CHECK_MS);
    timer.unref();
  });
}
