// Requests of a host, rebuilt: allow-listed fields are read from the bytes into a new message, whose they are is written by
// us. What stands twice or is unknown is settled by reading and never travels on.
import { status } from '@grpc/grpc-js';
import proto from '@temporalio/proto';
import { hostQueueOf } from '../../api/names.ts';
import { OperationResult } from '../../api/report/operation-result.ts';
import { OperationProgress } from '../../api/report/reported-host.ts';
import { keepFailure } from './failure.ts';
import type { TemporalLimits } from './limits.ts';
import { keepValue } from './payloads.ts';
import { Refusal } from './refusal.ts';
import { openToken, type TokenKeys } from './token-seal.ts';
import { openMessage, type WireMessage } from './wire-message.ts';

const api = proto.temporal.api.workflowservice.v1;
const NORMAL = proto.temporal.api.enums.v1.TaskQueueKind.TASK_QUEUE_KIND_NORMAL;

/** Field numbers; the token has the same one in every answer. */
const TOKEN = 1;
const POLL = { taskQueue: 2 };
const QUEUE = { name: 1 };
const HEARTBEAT = { details: 2 };
const COMPLETED = { result: 2 };
const FAILED = { failure: 2, lastHeartbeatDetails: 5 };
const SHUTDOWN = { taskQueue: 7 };

/** Whose request it is, by the certificate, and what we write into it. */
export type RequestContext = { hostID: string; namespace: string; keys: TokenKeys; limits: TemporalLimits };

/** A request as it goes to Temporal. @throws Refusal */
export type Rebuild = (bytes: Uint8Array, context: RequestContext) => Uint8Array;

export const rebuildPoll: Rebuild = (bytes, { hostID, namespace, limits }) => {
  requireOwnQueue(open(bytes, limits).message(POLL.taskQueue)?.text(QUEUE.name), hostID);
  return api.PollActivityTaskQueueRequest.encode({
    namespace,
    taskQueue: { name: hostQueueOf(hostID), kind: NORMAL },
    identity: hostID,
  }).finish();
};

export const rebuildHeartbeat: Rebuild = (bytes, context) => {
  const { request, answer } = openAnswer(bytes, context);
  const details = keepProgress(request.message(HEARTBEAT.details), context.limits);
  return api.RecordActivityTaskHeartbeatRequest.encode({ ...answer, details }).finish();
};

/** A result that is none of ours is left out: the workflow takes its absence for a failure, and says so. */
export const rebuildCompleted: Rebuild = (bytes, context) => {
  const { request, answer } = openAnswer(bytes, context);
  const maxBytes = context.limits.resultBytes;
  const kept = { schema: OperationResult, maxBytes, what: 'a result' };
  const result = keepValue(request.message(COMPLETED.result), kept);
  return api.RespondActivityTaskCompletedRequest.encode({ ...answer, result }).finish();
};

export const rebuildFailed: Rebuild = (bytes, context) => {
  const { request, answer } = openAnswer(bytes, context);
  return api.RespondActivityTaskFailedRequest.encode({
    ...answer,
    failure: keepFailure(request.message(FAILED.failure), context.limits),
    lastHeartbeatDetails: keepProgress(request.message(FAILED.lastHeartbeatDetails), context.limits),
  }).finish();
};

/** Details are left out: nobody reads what a cancelled step has to say. */
export const rebuildCanceled: Rebuild = (bytes, context) =>
  api.RespondActivityTaskCanceledRequest.encode(openAnswer(bytes, context).answer).finish();

/** A worker that leaves says of which queue. @throws Refusal unless it is its own */
export function checkShutdown(bytes: Uint8Array, { hostID, limits }: RequestContext): void {
  requireOwnQueue(open(bytes, limits).text(SHUTDOWN.taskQueue), hostID);
}

function open(bytes: Uint8Array, limits: TemporalLimits): WireMessage {
  return openMessage(bytes, { left: limits.requestFields });
}

/** The token first: who has none that is his gets nothing else of his message looked at. */
function openAnswer(bytes: Uint8Array, context: RequestContext) {
  const { hostID, namespace, keys, limits } = context;
  const request = open(bytes, limits);
  const taskToken = openToken(request.bytes(TOKEN) ?? Buffer.alloc(0), hostID, keys);
  if (taskToken) return { request, answer: { taskToken, namespace, identity: hostID } };
  throw new Refusal(status.INVALID_ARGUMENT, 'TokenNotOfThisHost', 'the task token was not given to this host');
}

function keepProgress(details: WireMessage | undefined, { heartbeatBytes }: TemporalLimits) {
  const kept = { schema: OperationProgress, maxBytes: heartbeatBytes, what: 'details of a heartbeat' };
  return keepValue(details, kept);
}

/** A name of our own form goes to the audit trail; anything else of the host's choice does not. */
function requireOwnQueue(queue: string | null | undefined, hostID: string): void {
  if (queue === hostQueueOf(hostID)) return;
  const target = /^host\/[0-9a-f-]{36}$/.test(queue ?? '') ? { target: queue ?? '' } : {};
  throw new Refusal(status.PERMISSION_DENIED, 'QueueOfAnother', 'a host polls its own task queue alone', target);
}
