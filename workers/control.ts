// The control worker: runs the workflows and the activities beside the controller.
import { Worker, type NativeConnection, type WorkerDeploymentOptions } from '@temporalio/worker';
import type { ClusterActivities } from '../api/activities.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { buildWorkflowBundle } from './workflow-bundle.ts';

export type ControlWorkerOptions = {
  connection: NativeConnection;
  namespace: string;
  /** `controlQueueOf(management)`. */
  taskQueue: string;
  activities: ClusterActivities;
  /** Built when left out. */
  workflowBundle?: { codePath: string };
  /** Versioned roll-out of workflow code; agents are never versioned so. */
  deployment?: WorkerDeploymentOptions;
  identity?: string;
};

/**
 * Creates the worker; the caller runs it, and exits when run() ends. Cluster activities are short calls, so a few slots
 * serve many machines without pressing the API server.
 */
export async function createControlWorker(options: ControlWorkerOptions): Promise<Worker> {
  const { connection, namespace, taskQueue, activities, deployment, identity } = options;
  await ensureSearchAttributes(connection, namespace);
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    activities,
    workflowBundle: options.workflowBundle ?? (await buildWorkflowBundle()),
    maxConcurrentActivityTaskExecutions: 20,
    maxCachedWorkflows: 500,
    shutdownGraceTime: '10 seconds',
    ...(deployment && { workerDeploymentOptions: deployment }),
    ...(identity && { identity }),
  });
}
