// The door before a real Temporal server, with a real worker of the SDK and with clients that mean harm.
import { randomUUID } from 'node:crypto';
import { status, type Client as GrpcClient } from '@grpc/grpc-js';
import { Context } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { hostQueueOf } from '../../../api/names.ts';
import type { OperationResult } from '../../../api/report/operation-result.ts';
import { startCutProxy } from '../../../lab/relay/cut-proxy.ts';
import { resultOf } from '../../support/result-of.ts';
import type { Certified } from './certificates.ts';
import { poll, send, SERVICE } from './calls.ts';
import { clientOf, startFront, type Front } from './front.ts';
import { startTunnel } from './links.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const api = proto.temporal.api.workflowservice.v1;
const BOUND = { startToCloseTimeout: '1 minute' } as const;
const address = process.env['BYO_TEST_TEMPORAL'] ?? '';
const ends: (() => unknown)[] = [];
let direct: NativeConnection;
let client: Client;
let front: Front;

beforeAll(async () => {
  direct = await NativeConnection.connect({ address });
  client = new Client({ connection: direct });
  front = await startFront(address, { callsBurst: 1000, pollsBurst: 1000 });
});

afterAll(async () => {
  for (const end of ends.toReversed()) await end();
  await front.close();
  await direct.close();
});

const activities = {
  echo: async (message: string): Promise<OperationResult> => ({ operation: 'echo', generation: 1, message }),
  fail: async () => {
    throw ApplicationFailure.create({
      type: 'DiskFull',
      message: 'no space',
      details: ['Free it'],
      nonRetryable: true,
    });
  },
  waitForCancel: async () => {
    const context = Context.current();
    const timer = setInterval(() => context.heartbeat({ step: 'Wait' }), 200);
    await context.cancelled.finally(() => clearInterval(timer));
  },
};

async function startWorker(host: { hostID: string } & Certified) {
  const tunnel = await startTunnel(front, host);
  ends.push(tunnel.close);
  const connection = await NativeConnection.connect({ address: tunnel.address });
  const worker = await Worker.create({
    connection,
    namespace: 'whatever the agent believes',
    taskQueue: hostQueueOf(host.hostID),
    activities,
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
    maxHeartbeatThrottleInterval: 300,
  });
  return { connection, worker };
}

test('an unmodified worker completes, fails, heartbeats and hears of a cancellation', async () => {
  const host = await front.host();
  const { connection, worker } = await startWorker(host);
  const taskQueue = hostQueueOf(host.hostID);
  const run = worker.run();
  const start = (name: string, args: unknown[] = []) =>
    client.activity.start(name, { id: randomUUID(), taskQueue, args, heartbeatTimeout: '10 s', ...BOUND });
  expect(await resultOf(await start('echo', ['hello']))).toEqual(await activities.echo('hello'));
  await expect(resultOf(await start('fail'))).rejects.toMatchObject({
    cause: { type: 'DiskFull', message: 'no space', details: ['Free it'], nonRetryable: true },
  });
  const waiting = await start('waitForCancel');
  await vi.waitFor(() => expect(front.audited.filter(({ act }) => act === 'TakeTask')).toHaveLength(3), 20_000);
  await waiting.cancel('enough');
  await expect(resultOf(waiting)).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  expect(front.door.secondsSincePoll(host.hostID)).toBe(0);
  expect(front.audited.filter(({ outcome }) => outcome === 'denied')).toEqual([]);
  worker.shutdown();
  await run;
  await connection.close();
  await vi.waitFor(() => expect(front.door.secondsSincePoll(host.hostID)).not.toBe(0), 5000);
});

async function clientFor(host: { hostID: string } & Certified, port = front.port): Promise<GrpcClient> {
  const grpc = clientOf({ ...front, port }, host);
  ends.push(() => grpc.close());
  return grpc;
}

test('a host neither polls for another, nor answers with its token or a forged one', async () => {
  const [a, b] = [await front.host(), await front.host()];
  const [byA, byB] = [await clientFor(a), await clientFor(b)];
  expect(await poll(byB, a.hostID)).toEqual({ code: status.PERMISSION_DENIED });
  expect(front.audited.at(-1)).toMatchObject({
    act: 'PollActivityTaskQueue',
    outcome: 'denied',
    why: 'QueueOfAnother',
    target: hostQueueOf(a.hostID),
    peer: { hostID: b.hostID },
  });
  const options = { id: randomUUID(), taskQueue: hostQueueOf(a.hostID), ...BOUND } as const;
  const handle = await client.activity.start('work', options);
  const { bytes = Buffer.alloc(0) } = await poll(byA, a.hostID);
  const { taskToken } = api.PollActivityTaskQueueResponse.decode(bytes);
  const path = `${SERVICE}RespondActivityTaskCompleted`;
  const complete = (token: Uint8Array) => api.RespondActivityTaskCompletedRequest.encode({ taskToken: token }).finish();
  const flipped = Buffer.from(taskToken);
  flipped[40] = (flipped[40] ?? 0) ^ 1;
  expect(await send(byB, path, complete(taskToken))).toEqual({ code: status.INVALID_ARGUMENT });
  expect(await send(byA, path, complete(flipped))).toEqual({ code: status.INVALID_ARGUMENT });
  expect(front.audited.at(-1)).toMatchObject({ outcome: 'denied', why: 'TokenNotOfThisHost' });
  expect((await handle.describe()).status).toBe('RUNNING');
  expect(await send(byA, path, complete(taskToken))).toMatchObject({ code: 0 });
  expect((await handle.describe()).status).toBe('COMPLETED');
});

test.each([
  'RespondActivityTaskCompletedById',
  'RecordActivityTaskHeartbeatById',
  'StartWorkflowExecution',
  'SignalWorkflowExecution',
  'GetWorkflowExecutionHistory',
  'ListWorkflowExecutions',
  'PollWorkflowTaskQueue',
  'PollNexusTaskQueue',
])('%s is refused and written down', async (name) => {
  const host = await front.host();
  const grpc = await clientFor(host);
  expect(await send(grpc, `${SERVICE}${name}`)).toEqual({ code: status.PERMISSION_DENIED });
  expect(front.audited.at(-1)).toMatchObject({ act: name, outcome: 'denied', why: 'MethodNotAllowed' });
});

test('a second poll takes the place of the first, and gets the task', async () => {
  const host = await front.host();
  const grpc = await clientFor(host);
  const first = poll(grpc, host.hostID);
  await vi.waitFor(() => expect(front.door.secondsSincePoll(host.hostID)).toBe(0), 10_000);
  const second = poll(grpc, host.hostID);
  expect(await first).toEqual({ code: status.CANCELLED });
  const taskQueue = hostQueueOf(host.hostID);
  await client.activity.start('work', { id: randomUUID(), taskQueue, ...BOUND });
  const { bytes = Buffer.alloc(0) } = await second;
  expect(api.PollActivityTaskQueueResponse.decode(bytes).activityType?.name).toBe('work');
});

test('the poll of a silent link is taken back within 30 s, so that a task waits for the living', async () => {
  const host = await front.host();
  const link = await startCutProxy(front.port);
  ends.push(() => link.close());
  const dead = poll(await clientFor(host, link.port), host.hostID);
  await vi.waitFor(() => expect(front.door.secondsSincePoll(host.hostID)).toBe(0), 5000);
  link.cut();
  await vi.waitFor(() => expect(front.door.secondsSincePoll(host.hostID)).not.toBe(0), 30_000);
  const taskQueue = hostQueueOf(host.hostID);
  await client.activity.start('work', { id: randomUUID(), taskQueue, ...BOUND });
  const { bytes = Buffer.alloc(0) } = await poll(await clientFor(host), host.hostID);
  expect(api.PollActivityTaskQueueResponse.decode(bytes).attempt).toBe(1);
  dead.cancel();
});
