// Requests of a host, rebuilt: decoded, allow-listed fields copied into a new message, whose they are written by us. What
// stands twice or is unknown in the bytes is settled by decoding and never travels on.
import { status } from '@grpc/grpc-js';
import proto from '@temporalio/proto';
import { hostQueueOf } from '../../api/names.ts';
import { keepFailure } from './failure.ts';
import type { TemporalLimits } from './limits.ts';
import { keepPayloads } from './payloads.ts';
import { malformed, Refusal } from './refusal.ts';
import { openToken, type TokenKeys } from './token-seal.ts';

const api = proto.temporal.api.workflowservice.v1;
const NORMAL = proto.temporal.api.enums.v1.TaskQueueKind.TASK_QUEUE_KIND_NORMAL;

/** Whose request it is, by the certificate, and what we write into it. */
export type RequestContext = { hostID: string; namespace: string; keys: TokenKeys; limits: TemporalLimits };

/** A request as it goes to Temporal. @throws Refusal */
export type Rebuild = (bytes: Uint8Array, context: RequestContext) => Uint8Array;

export const rebuildPoll: Rebuild = (bytes, { hostID, namespace }) => {
  const { taskQueue } = decode(api.PollActivityTaskQueueRequest, bytes);
  requireOwnQueue(taskQueue?.name, hostID);
  return api.PollActivityTaskQueueRequest.encode({
    namespace,
    taskQueue: { name: hostQueueOf(hostID), kind: NORMAL },
    identity: hostID,
  }).finish();
};

export const rebuildHeartbeat: Rebuild = (bytes, context) => {
  const { taskToken, details } = decode(api.RecordActivityTaskHeartbeatRequest, bytes);
  const kept = keepPayloads(details, context.limits.heartbeatBytes, 'details of a heartbeat');
  return api.RecordActivityTaskHeartbeatRequest.encode({ ...answerOf(taskToken, context), details: kept }).finish();
};

export const rebuildCompleted: Rebuild = (bytes, context) => {
  const { taskToken, result } = decode(api.RespondActivityTaskCompletedRequest, bytes);
  const kept = keepPayloads(result, context.limits.resultBytes, 'a result');
  return api.RespondActivityTaskCompletedRequest.encode({ ...answerOf(taskToken, context), result: kept }).finish();
};

export const rebuildFailed: Rebuild = (bytes, context) => {
  const { taskToken, failure, lastHeartbeatDetails } = decode(api.RespondActivityTaskFailedRequest, bytes);
  const { limits } = context;
  return api.RespondActivityTaskFailedRequest.encode({
    ...answerOf(taskToken, context),
    failure: keepFailure(failure, limits.messageCharacters),
    lastHeartbeatDetails: keepPayloads(lastHeartbeatDetails, limits.heartbeatBytes, 'details of a heartbeat'),
  }).finish();
};

/** Details are left out: nobody reads what a cancelled step has to say. */
export const rebuildCanceled: Rebuild = (bytes, context) => {
  const { taskToken } = decode(api.RespondActivityTaskCanceledRequest, bytes);
  return api.RespondActivityTaskCanceledRequest.encode(answerOf(taskToken, context)).finish();
};

/** A worker that leaves says of which queue. @throws Refusal unless it is its own */
export function checkShutdown(bytes: Uint8Array, hostID: string): void {
  requireOwnQueue(decode(api.ShutdownWorkerRequest, bytes).taskQueue, hostID);
}

function answerOf(sealed: Uint8Array | null | undefined, { hostID, namespace, keys }: RequestContext) {
  const taskToken = openToken(sealed ?? Buffer.alloc(0), hostID, keys);
  if (taskToken) return { taskToken, namespace, identity: hostID };
  throw new Refusal(status.INVALID_ARGUMENT, 'TokenNotOfThisHost', 'the task token was not given to this host');
}

/** A name of our own form goes to the audit trail; anything else of the host's choice does not. */
function requireOwnQueue(queue: string | null | undefined, hostID: string): void {
  if (queue === hostQueueOf(hostID)) return;
  const target = /^host\/[0-9a-f-]{36}$/.test(queue ?? '') ? { target: queue ?? '' } : {};
  throw new Refusal(status.PERMISSION_DENIED, 'QueueOfAnother', 'a host polls its own task queue alone', target);
}

function decode<Message>(type: { decode(bytes: Uint8Array): Message }, bytes: Uint8Array): Message {
  try {
    return type.decode(bytes);
  } catch {
    // The parser's own words may quote the bytes.
    throw malformed('the request is not a message of this method');
  }
}
