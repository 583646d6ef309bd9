// The control worker: runs the workflows and the activities beside the controller.
import { Worker, type NativeConnection } from '@temporalio/worker';
import type { ClusterActivities, HostView, SealInput } from '../api/activities.ts';
import { writeSealResult } from '../api/seal-result.ts';
import { buildWorkflowBundle } from './workflow-bundle.ts';

export type ControlWorkerOptions = {
  connection: NativeConnection;
  namespace: string;
  /** `controlQueueOf(management)`. */
  taskQueue: string;
  activities: ClusterActivities;
  /** Whether the namespace knows our search attributes now; it does when left out. */
  isSearchable?: () => boolean;
  /** Built when left out. */
  workflowBundle?: { codePath: string };
  identity?: string;
};

/**
 * Creates the worker; the caller runs it. Cluster activities are short calls, so a few slots serve many machines without
 * pressing the API server.
 */
export async function createControlWorker(options: ControlWorkerOptions): Promise<Worker> {
  const { connection, namespace, taskQueue, activities, isSearchable, identity } = options;
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    activities: written(isSearchable ? tellSearchable(activities, isSearchable) : activities),
    workflowBundle: options.workflowBundle ?? (await buildWorkflowBundle()),
    maxConcurrentActivityTaskExecutions: 20,
    maxCachedWorkflows: 500,
    shutdownGraceTime: '10 seconds',
    ...(identity && { identity }),
  });
}

/** As their answers travel. */
function written(activities: ClusterActivities) {
  return { ...activities, sealOrder: async (input: SealInput) => writeSealResult(await activities.sealOrder(input)) };
}

/** In what is seen, so that it stands in the history: a run replays as it ran, whatever the namespace knows by then. */
function tellSearchable(activities: ClusterActivities, isSearchable: () => boolean): ClusterActivities {
  const tell = <View extends HostView>(view: View): View => (isSearchable() ? view : { ...view, unsearchable: true });
  return {
    ...activities,
    observeMachine: async (input) => tell(await activities.observeMachine(input)),
    observeCleanup: async (input) => tell(await activities.observeCleanup(input)),
  };
}
