// Tasks for hosts, given by a workflow of the test's own: what a host answers is read from Temporal's own history.
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import proto, { type temporal } from '@temporalio/proto';
import { hostQueueOf } from '../../api/names.ts';
import { OperationResult } from '../../api/report/operation-result.ts';
import { waitFor } from '../../lab/wait.ts';
import { openTemporal, type World } from './world.ts';
import { methodPath, patiently, wire, type Grpc, type GrpcAnswer } from './grpc.ts';

const { CommandType } = proto.temporal.api.enums.v1;
const NAMESPACE = 'default';
const lasting = (seconds: number) => proto.google.protobuf.Duration.fromObject({ seconds });

/** Temporal's frontend itself, for the length of a block. */
export async function useTemporal(world: World): Promise<AsyncDisposable & { client: Client }> {
  const opened = await openTemporal(world);
  return { client: opened.client, [Symbol.asyncDispose]: () => opened.close() };
}

/** `ended`: how the activity ended, and its result or failure message as text; undefined while it has not. */
export type Given = { workflowId: string; activityId: string; ended(): Promise<Ended | undefined> };
export type Ended = { how: 'completed' | 'failed' | 'canceled' | 'timedOut'; text: string };

/** A task of a minute or less on the queue of a host. */
export async function giveTask(client: Client, hostID: string): Promise<Given> {
  const workflowId = `threat/${randomUUID()}`;
  const taskQueue = { name: workflowId };
  const service = client.workflowService;
  const workflowType = { name: 'threat' };
  const workflowRunTimeout = lasting(300);
  await service.startWorkflowExecution({
    namespace: NAMESPACE,
    requestId: workflowId,
    workflowId,
    workflowType,
    taskQueue,
    workflowRunTimeout,
  });
  const { taskToken } = await client.withDeadline(Date.now() + 20_000, () =>
    service.pollWorkflowTaskQueue({ namespace: NAMESPACE, taskQueue, identity: 'threat' }),
  );
  const command = {
    commandType: CommandType.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK,
    scheduleActivityTaskCommandAttributes: activityOf(hostID),
  };
  await service.respondWorkflowTaskCompleted({
    namespace: NAMESPACE,
    taskToken,
    identity: 'threat',
    commands: [command],
  });
  return { workflowId, activityId: ACTIVITY, ended: () => readEnd(client, workflowId) };
}

const ACTIVITY = 'step';

function activityOf(hostID: string): temporal.api.command.v1.IScheduleActivityTaskCommandAttributes {
  const minute = lasting(60);
  return {
    activityId: ACTIVITY,
    activityType: { name: 'step' },
    taskQueue: { name: hostQueueOf(hostID) },
    scheduleToCloseTimeout: lasting(240),
    startToCloseTimeout: minute,
    heartbeatTimeout: minute,
    retryPolicy: { maximumAttempts: 1 },
  };
}

async function readEnd(client: Client, workflowId: string): Promise<Ended | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: NAMESPACE,
    execution: { workflowId },
  });
  for (const event of history?.events ?? []) {
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) return { how: 'completed', text: textOf(completed.result) };
    const failed = event.activityTaskFailedEventAttributes;
    if (failed) return { how: 'failed', text: failed.failure?.message ?? '' };
    if (event.activityTaskCanceledEventAttributes) return { how: 'canceled', text: '' };
    if (event.activityTaskTimedOutEventAttributes) return { how: 'timedOut', text: '' };
  }
  return undefined;
}

/** The end of a task that must have come by now, or comes within seconds. */
export async function waitForEnd(given: Given): Promise<Ended> {
  const seen: Ended[] = [];
  const probe = async () => {
    const ended = await given.ended();
    if (ended) seen.push(ended);
    return ended ? undefined : 'the task has not ended';
  };
  await waitFor('the end of a task', probe, { timeoutMs: 20_000 });
  const [ended] = seen;
  if (!ended) throw new Error('unreachable: the wait was content');
  return ended;
}

export function payloadsOf(value: unknown): temporal.api.common.v1.IPayloads {
  const metadata = { encoding: Buffer.from('json/plain') };
  return { payloads: [{ metadata, data: Buffer.from(JSON.stringify(value)) }] };
}

/** A result as an agent gives it. */
export function resultPayloads(message: string): temporal.api.common.v1.IPayloads {
  return payloadsOf({ operation: 'step', generation: 1, message } satisfies OperationResult);
}

/** The message of a result; empty when the gateway left it out. */
const textOf = (payloads: temporal.api.common.v1.IPayloads | null | undefined): string => {
  const data = payloads?.payloads?.[0]?.data;
  return data?.length ? OperationResult.parse(JSON.parse(Buffer.from(data).toString())).message : '';
};

export type Task = temporal.api.workflowservice.v1.PollActivityTaskQueueResponse;

/** Polls as an agent does; `queue` is the host's own unless a test says otherwise. */
export function pollCall(queue: string, more: temporal.api.workflowservice.v1.IPollActivityTaskQueueRequest = {}) {
  const request = { namespace: NAMESPACE, taskQueue: { name: queue }, identity: 'light', ...more };
  return {
    path: methodPath('PollActivityTaskQueue'),
    body: wire.PollActivityTaskQueueRequest.encode(request).finish(),
  };
}

/** The next task of the host whose connection this is. @throws Error when the gateway refuses */
export async function takeTask(grpc: Grpc, hostID: string): Promise<Task> {
  const answer = await patiently(grpc, pollCall(hostQueueOf(hostID)));
  if (answer.code !== 0) throw new Error(`the poll was answered ${answer.code}: ${answer.message}`);
  return wire.PollActivityTaskQueueResponse.decode(answer.body);
}

export function completeTask(grpc: Grpc, taskToken: Uint8Array, text: string): Promise<GrpcAnswer> {
  const body = wire.RespondActivityTaskCompletedRequest.encode({
    namespace: NAMESPACE,
    taskToken,
    identity: 'light',
    result: resultPayloads(text),
  }).finish();
  return patiently(grpc, { path: methodPath('RespondActivityTaskCompleted'), body });
}
