// Answers of Temporal, rebuilt for a host: the task it was given, with the token sealed, and nothing of the server.
import proto from '@temporalio/proto';
import type { temporal } from '@temporalio/proto';

const api = proto.temporal.api.workflowservice.v1;
type Task = temporal.api.workflowservice.v1.IPollActivityTaskQueueResponse;

/** What an activity needs to run and to know its deadlines. Headers, scaling and poller groups stay here. */
const TASK_FIELDS = [
  'workflowNamespace',
  'workflowType',
  'workflowExecution',
  'activityType',
  'activityId',
  'activityRunId',
  'input',
  'heartbeatDetails',
  'scheduledTime',
  'currentAttemptScheduledTime',
  'startedTime',
  'attempt',
  'scheduleToCloseTimeout',
  'startToCloseTimeout',
  'heartbeatTimeout',
  'retryPolicy',
  'priority',
] as const satisfies (keyof Task)[];

/** The answer to a poll for the host; `task` names what was handed out, and is absent when there was nothing to do. */
export function rebuildTask(
  bytes: Uint8Array,
  seal: (token: Uint8Array) => Uint8Array,
): { bytes: Uint8Array; task?: string } {
  const polled: Task = api.PollActivityTaskQueueResponse.decode(bytes);
  const { taskToken } = polled;
  if (!taskToken?.length) return { bytes: new Uint8Array() };
  const kept: Task = { taskToken: seal(taskToken) };
  for (const field of TASK_FIELDS) Object.assign(kept, { [field]: polled[field] });
  const task = `${polled.activityType?.name} of ${polled.workflowExecution?.workflowId}`;
  return { bytes: api.PollActivityTaskQueueResponse.encode(kept).finish(), task };
}

/** The answer to a heartbeat: whether to go on. */
export function rebuildHeartbeatAnswer(bytes: Uint8Array): Uint8Array {
  const { cancelRequested, activityPaused, activityReset } = api.RecordActivityTaskHeartbeatResponse.decode(bytes);
  return api.RecordActivityTaskHeartbeatResponse.encode({ cancelRequested, activityPaused, activityReset }).finish();
}

/** All that a worker needs of a server's description: that a failure may carry its last heartbeat. */
export function systemInfo(): Uint8Array {
  const capabilities = { activityFailureIncludeHeartbeat: true, internalErrorDifferentiation: true };
  return api.GetSystemInfoResponse.encode({ serverVersion: 'byo-gateway', capabilities }).finish();
}

/** No capability at all: no worker heartbeats, no commands to workers, no Nexus queue, no scaling. */
export function namespaceDescription(name: string): Uint8Array {
  return api.DescribeNamespaceResponse.encode({ namespaceInfo: { name, capabilities: {} } }).finish();
}
