// The worker on a host: activities of its own queue alone, one long poll, no workflows.
import { Worker, type NativeConnection } from '@temporalio/worker';
import type { HostActivities } from '../api/activities.ts';
import { hostQueueOf } from '../api/names.ts';

export type HostWorkerOptions = {
  connection: NativeConnection;
  namespace: string;
  hostID: string;
  activities: HostActivities;
};

/** Creates the worker; the caller runs it, and ends the process when it fails (`keepWorking`). */
export function createHostWorker(options: HostWorkerOptions): Promise<Worker> {
  const { connection, namespace, hostID, activities } = options;
  return Worker.create({
    connection,
    namespace,
    taskQueue: hostQueueOf(hostID),
    activities,
    identity: hostID,
    // The other setting, maxConcurrentActivityTaskPolls, is ignored by SDK 1.24 and would cost a poll per slot.
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
    // One that works, and one more for the reset that must be able to stop it.
    maxConcurrentActivityTaskExecutions: 2,
    // The server hears of progress, and answers with a cancellation, at this pace at the latest.
    maxHeartbeatThrottleInterval: '10 seconds',
    // Operations are units and outlive the agent: nothing is waited for.
    shutdownGraceTime: 0,
    shutdownForceTime: '3 seconds',
  });
}

/**
 * Runs the worker until it stops or fails. A fatal poll error leaves `run()` unsettled for ever (SDK 1.24), so the state is
 * looked at as well.
 */
export async function keepWorking(worker: Worker): Promise<void> {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const timer = setInterval(() => {
    if (worker.getState() === 'FAILED') reject(new Error('the Temporal worker failed'));
  }, 1000);
  try {
    await Promise.race([worker.run(), failed]);
  } finally {
    clearInterval(timer);
  }
}
