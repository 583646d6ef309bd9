// T23: a host floods Temporal's database with heartbeats and results.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GATEWAY_PATHS } from '../../api/gateway.ts';
import { reportedHost } from '../support/builders.ts';
import { waitForAudit } from './audit.ts';
import { enrollPair, forgetHosts } from './enrollments.ts';
import { methodPath, openGrpc, patiently, wire, type Grpc, type GrpcCall } from './grpc.ts';
import { call, type LightHost } from './light-host.ts';
import { completeTask, giveTask, payloadsOf, takeTask, useTemporal, waitForEnd } from './tasks.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let a: LightHost;
let b: LightHost;

const SECONDS = 6;
const MIB = 1024 * 1024;
/** Of a database that other parts of the world write to as well; the flood is hundreds of times this. */
const GROWTH_BYTES = 8 * MIB;

beforeAll(async () => {
  world = await openWorld();
  [a, b] = await enrollPair(world, 't23');
});

afterAll(() => forgetHosts(world, [a, b]));

async function databaseBytes(): Promise<number> {
  const files = ['temporal.db', 'temporal.db-wal'].map((name) => join(world.instance.dir, name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const heartbeat = (taskToken: Uint8Array, bytes: number): GrpcCall => ({
  path: methodPath('RecordActivityTaskHeartbeat'),
  body: wire.RecordActivityTaskHeartbeatRequest.encode({ taskToken, details: payloadsOf('x'.repeat(bytes)) }).finish(),
});

const result = (taskToken: Uint8Array, bytes: number): GrpcCall => ({
  path: methodPath('RespondActivityTaskCompleted'),
  body: wire.RespondActivityTaskCompletedRequest.encode({ taskToken, result: payloadsOf('x'.repeat(bytes)) }).finish(),
});

const failure = (taskToken: Uint8Array, bytes: number): GrpcCall => ({
  path: methodPath('RespondActivityTaskFailed'),
  body: wire.RespondActivityTaskFailedRequest.encode({
    taskToken,
    failure: { stackTrace: 'x'.repeat(bytes), cause: { message: 'x'.repeat(bytes) } },
    lastHeartbeatDetails: payloadsOf('x'.repeat(bytes)),
  }).finish(),
});

type Flood = { seconds: number; bytes: number; codes: Map<number | 'cut', number> };

const refusedOf = ({ codes }: Flood): number => codes.get(status.RESOURCE_EXHAUSTED) ?? 0;

/** Sends all of them, again and again, `width` at a time, until it is enough; counts the bytes, and the answers by status. */
async function flood(grpc: Grpc, width: number, calls: GrpcCall[], isEnough: (so: Flood) => boolean): Promise<Flood> {
  const begun = performance.now();
  const so: Flood = { seconds: 0, bytes: 0, codes: new Map() };
  const send = async (offset: number) => {
    for (let nth = offset; !isEnough(so) && !grpc.session.destroyed; nth += 1) {
      const one = calls[nth % calls.length];
      if (!one) return;
      const { code } = await grpc.call(one);
      so.codes.set(code, (so.codes.get(code) ?? 0) + 1);
      so.bytes += one.body?.length ?? 0;
      so.seconds = (performance.now() - begun) / 1000;
    }
  };
  await Promise.all(Array.from({ length: width }, (_, i) => send(i)));
  return so;
}

test('T23: what is too large is refused, what is too much is throttled, and the database hardly grows', async () => {
  await using temporal = await useTemporal(world);
  const task = await giveTask(temporal.client, a.identity.hostID);
  using grpc = await openGrpc(a);
  const { taskToken } = await takeTask(grpc, a.identity.hostID);
  const before = await databaseBytes();
  const large = [heartbeat, result, failure].flatMap((make) => [make(taskToken, 2 * MIB), make(taskToken, 300_000)]);
  // Two at a time: more would be cut by the limit on a connection's memory, which is another protection.
  const { bytes, codes } = await flood(grpc, 2, large, (so) => so.seconds > SECONDS && so.bytes > 2 * GROWTH_BYTES);
  expect(bytes).toBeGreaterThan(GROWTH_BYTES);
  expect(codes.get(status.OK)).toBeUndefined();
  // Heartbeats of a size that is allowed, far more often than is allowed.
  // On a connection of its own: the limit on memory may have cut the first one by now.
  using again = await openGrpc(a);
  const often = await flood(
    again,
    8,
    [heartbeat(taskToken, 3000)],
    (so) => so.seconds > SECONDS && refusedOf(so) > 100,
  );
  expect(often.codes.get(status.OK) ?? 0).toBeLessThan(often.seconds * 5 + 25);
  expect(refusedOf(often)).toBeGreaterThan(100);
  expect((await databaseBytes()) - before).toBeLessThan(GROWTH_BYTES);
  await waitForAudit(world, a.identity.hostID, { outcome: 'denied', why: 'TooManyCalls' });
  expect(await task.ended()).toBeUndefined();
});

test('T23: each limit holds by itself', async () => {
  await using temporal = await useTemporal(world);
  const task = await giveTask(temporal.client, b.identity.hostID);
  using grpc = await openGrpc(b);
  const { taskToken } = await takeTask(grpc, b.identity.hostID);
  const sizes = [heartbeat(taskToken, 5000), result(taskToken, 20_000), failure(taskToken, 15_000)];
  for (const one of sizes) {
    expect([one.path, (await patiently(grpc, one)).code]).toEqual([one.path, status.INVALID_ARGUMENT]);
  }
  expect(await task.ended()).toBeUndefined();
  // Larger than any request may be: not even read.
  expect((await grpc.call(failure(taskToken, 300_000))).code).not.toBe(status.OK);
  using again = await openGrpc(b);
  expect((await completeTask(again, taskToken, 'x'.repeat(1024))).code).toBe(status.OK);
  expect((await waitForEnd(task)).text).toHaveLength(1024);
});

const sendReport = async (body: object): Promise<number> =>
  (await call(b, { method: 'PUT', path: GATEWAY_PATHS.report, body })).status;

test('T23: reports are throttled, and their size is bounded', async () => {
  const body = reportedHost();
  expect(await sendReport({ ...body, more: 'x'.repeat(2 * MIB) })).toBe(413);
  const codes: number[] = [];
  const refused = (): number => codes.filter((code) => code === 429 || code === 503).length;
  const begun = performance.now();
  while (refused() <= 10 && codes.length < 300) codes.push(await sendReport(body));
  expect(refused()).toBeGreaterThan(10);
  // The burst, and one a second while this machine sends them.
  expect(codes.length - refused()).toBeLessThan(12 + (performance.now() - begun) / 1000);
});
