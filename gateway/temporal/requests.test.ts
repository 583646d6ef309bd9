import { randomBytes } from 'node:crypto';
import proto from '@temporalio/proto';
import { expect, test } from 'vitest';
import { TEMPORAL_LIMITS } from './limits.ts';
import { checkShutdown, rebuildCompleted, rebuildFailed, rebuildHeartbeat, rebuildPoll } from './requests.ts';
import { sealToken } from './token-seal.ts';

const api = proto.temporal.api.workflowservice.v1;
const hostID = '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11';
const keys = { current: randomBytes(32) };
const context = { hostID, namespace: 'byo', keys, limits: TEMPORAL_LIMITS };
const taskToken = sealToken(Buffer.from('token'), hostID, keys);
const payloads = (bytes: number) => ({
  payloads: [
    { metadata: { encoding: Buffer.from('json/plain'), secret: Buffer.from('x') }, data: Buffer.alloc(bytes) },
  ],
});
const { PollActivityTaskQueueRequest: Poll, RespondActivityTaskFailedRequest: Failed } = api;

test('a poll keeps nothing of the host, and of a field that stands twice only what was checked', () => {
  const foreign = Poll.encode({ taskQueue: { name: 'host/other', kind: 2, normalName: 'byo-control/x' } }).finish();
  const own = Poll.encode({
    namespace: 'other',
    identity: 'other',
    taskQueue: { name: `host/${hostID}` },
    workerInstanceKey: 'key',
    workerControlTaskQueue: 'control',
    deploymentOptions: { deploymentName: 'd', buildId: 'b' },
  }).finish();
  const expected = Poll.encode({
    namespace: 'byo',
    identity: hostID,
    taskQueue: { name: `host/${hostID}`, kind: 1 },
  }).finish();
  expect(Buffer.from(rebuildPoll(own, context))).toEqual(Buffer.from(expected));
  expect(Buffer.from(rebuildPoll(Buffer.concat([foreign, own]), context))).toEqual(Buffer.from(expected));
  expect(() => rebuildPoll(Buffer.concat([own, foreign]), context)).toThrow('its own task queue alone');
});

test.each(['', 'host/', `host/${hostID}x`, `Host/${hostID}`, ` host/${hostID}`, `host/${hostID}\u0000`])(
  'the queue %j is not its own',
  (name) => {
    expect(() => rebuildPoll(Poll.encode({ taskQueue: { name } }).finish(), context)).toThrow(
      'its own task queue alone',
    );
    expect(() => checkShutdown(api.ShutdownWorkerRequest.encode({ taskQueue: name }).finish(), hostID)).toThrow(
      'its own task queue alone',
    );
  },
);

test('bytes that are no message are refused without being quoted', () => {
  for (const bytes of [Buffer.from('hello world'), Buffer.alloc(9, 0xff)]) {
    expect(() => rebuildPoll(bytes, context)).toThrow('not a message of this method');
  }
});

test('details and results have a size, and of their metadata the encoding alone goes on', () => {
  const beat = (bytes: number) =>
    api.RecordActivityTaskHeartbeatRequest.encode({ taskToken, details: payloads(bytes) }).finish();
  const { details, namespace } = api.RecordActivityTaskHeartbeatRequest.decode(rebuildHeartbeat(beat(4000), context));
  expect(namespace).toBe('byo');
  expect(Object.keys(details?.payloads?.[0]?.metadata ?? {})).toEqual(['encoding']);
  expect(() => rebuildHeartbeat(beat(4096), context)).toThrow('4096 bytes at most');
  const done = api.RespondActivityTaskCompletedRequest.encode({ taskToken, result: payloads(65_536) }).finish();
  expect(() => rebuildCompleted(done, context)).toThrow('65536 bytes at most');
});

test('a failure is told in plain words: no stack, no cause, no other kind, no delay of its own', () => {
  const text = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"Free\\u0007 it"') };
  const failure = {
    message: `\u001b[31m${'x'.repeat(2000)}`,
    stackTrace: 'at secret',
    cause: { message: 'secret' },
    source: 'TypeScriptSDK',
    applicationFailureInfo: {
      type: 'DiskFull',
      nonRetryable: true,
      nextRetryDelay: proto.google.protobuf.Duration.fromObject({ seconds: 9 }),
      details: { payloads: [text, text] },
    },
  };
  const kept = Failed.decode(rebuildFailed(Failed.encode({ taskToken, failure }).finish(), context)).failure;
  expect(kept?.message).toMatch(/^\[31mx+…$/);
  expect(kept?.message).toHaveLength(1024);
  expect(kept).toMatchObject({ stackTrace: '', source: '', cause: null });
  const info = kept?.applicationFailureInfo;
  expect(info).toMatchObject({ type: 'DiskFull', nonRetryable: true, nextRetryDelay: null });
  expect(info?.details?.payloads?.map(({ data }) => String(data))).toEqual(['"Free  it"']);
  const timeout = Failed.encode({ taskToken, failure: { message: 'm', timeoutFailureInfo: { timeoutType: 1 } } });
  const turned = Failed.decode(rebuildFailed(timeout.finish(), context)).failure;
  expect(turned).toMatchObject({ timeoutFailureInfo: null, applicationFailureInfo: { type: 'HostFailure' } });
});
