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
const jsonOf = (value: unknown) => ({
  payloads: [
    {
      metadata: { encoding: Buffer.from('json/plain'), secret: Buffer.from('x') },
      data: Buffer.from(JSON.stringify(value)),
    },
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
    expect(() => checkShutdown(api.ShutdownWorkerRequest.encode({ taskQueue: name }).finish(), context)).toThrow(
      'its own task queue alone',
    );
  },
);

test('bytes that are no message are refused without being quoted', () => {
  for (const bytes of [Buffer.from('hello world'), Buffer.alloc(9, 0xff)]) {
    expect(() => rebuildPoll(bytes, context)).toThrow('not a message of this method');
  }
});

const decoded = (payloads: { payloads?: { data?: Uint8Array | null }[] | null } | null | undefined) =>
  payloads?.payloads?.map(({ data }): unknown => JSON.parse(String(data)));

test('details and results have a size, and a shape: what else they hold stays behind, and their texts are one line', () => {
  const progress = {
    operation: 'join',
    generation: 3,
    state: 'Running',
    message: 'a\nb\u001b[2J',
    more: 'x'.repeat(3000),
  };
  const beat = (value: unknown) =>
    api.RecordActivityTaskHeartbeatRequest.encode({ taskToken, details: jsonOf(value) }).finish();
  const { details, namespace } = api.RecordActivityTaskHeartbeatRequest.decode(
    rebuildHeartbeat(beat(progress), context),
  );
  expect(namespace).toBe('byo');
  expect(Object.keys(details?.payloads?.[0]?.metadata ?? {})).toEqual(['encoding']);
  expect(decoded(details)).toEqual([{ operation: 'join', generation: 3, state: 'Running', message: 'a b [2J' }]);
  expect(() => rebuildHeartbeat(beat('x'.repeat(4096)), context)).toThrow('4096 bytes at most');
  const done = (value: unknown) =>
    api.RespondActivityTaskCompletedRequest.encode({ taskToken, result: jsonOf(value) }).finish();
  const resultOf = (value: unknown) =>
    decoded(api.RespondActivityTaskCompletedRequest.decode(rebuildCompleted(done(value), context)).result);
  const result = { operation: 'reset', generation: 3, message: 'clean\u2028\n  Type: Ready' };
  expect(resultOf({ ...result, more: [] })).toEqual([{ ...result, message: 'clean    Type: Ready' }]);
  for (const none of [{ operation: 'reset', generation: 3 }, 'done', null, { ...result, generation: -1 }, [result]]) {
    expect(resultOf(none)).toBeUndefined();
  }
  expect(() => resultOf('x'.repeat(16_384))).toThrow('16384 bytes at most');
});

/** One length-delimited field of less than 2 MiB. */
const field = (id: number, bytes: Uint8Array): Buffer => {
  const length = Buffer.of((bytes.length & 0x7f) | 0x80, ((bytes.length >> 7) & 0x7f) | 0x80, bytes.length >> 14);
  return Buffer.concat([Buffer.of(id * 8 + 2), length, bytes]);
};

const empty = Array.from({ length: 30_000 }, () => ({}));
const names = Object.fromEntries(empty.map((_, nth) => [nth.toString(36), Buffer.alloc(0)]));

// A few bytes each, and an object each: half a million of the first kind once cost a second and 700 MB.
test.each([
  ['payloads', { payloads: empty }],
  ['entries of a map', { payloads: [{ metadata: names }] }],
  ['what nobody asks for', { payloads: [{ externalPayloads: empty }] }],
])('the token comes before all else of an answer, and %s are refused before they are objects', (_what, bomb) => {
  const bytes = proto.temporal.api.common.v1.Payloads.encode(bomb).finish();
  const answers = [
    [rebuildHeartbeat, field(2, bytes)],
    [rebuildCompleted, field(2, bytes)],
    [rebuildFailed, field(5, bytes)],
  ] as const;
  for (const [rebuild, message] of answers) {
    expect(() => rebuild(message, context)).toThrow('was not given to this host');
    expect(() => rebuild(Buffer.concat([field(1, taskToken), message]), context)).toThrow('too many fields');
  }
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

test('a failure keeps its steps in their shape, behind a remedy or without one, and nothing else', () => {
  const step = {
    step: 'FetchBundle',
    startedAt: '2026-01-01T00:00:00Z',
    seconds: 2,
    attempts: 3,
    bytes: 7,
    failed: true,
  };
  expect(keptOf('Mend it', { steps: [{ ...step, more: 'x' }], more: 1 }, 'third')).toEqual([
    'Mend it',
    { steps: [step] },
  ]);
  expect(keptOf(7, { steps: [step] })).toEqual([null, { steps: [step] }]);
  for (const bent of [{ steps: [{ ...step, bytes: -1 }] }, { steps: Array.from({ length: 33 }, () => step) }, [step]])
    expect(keptOf('Mend it', bent)).toEqual(['Mend it']);
  expect(() => keptOf('Mend it', { steps: 'x'.repeat(16_384) })).toThrow('16384 bytes at most');
});

const jsonAll = (values: unknown[]) => ({ payloads: values.flatMap((value) => jsonOf(value).payloads) });

const keptOf = (...details: unknown[]) => {
  const applicationFailureInfo = { type: 'StepFailed', details: jsonAll(details) };
  const failed = Failed.encode({ taskToken, failure: { message: 'm', applicationFailureInfo } }).finish();
  return decoded(Failed.decode(rebuildFailed(failed, context)).failure?.applicationFailureInfo?.details);
};
