// T22: a host that is let in abuses HTTP/2 and gRPC: resets, continuations, huge messages, bombs.
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { watchDelays } from './delays.ts';
import { enrollPair, forgetHosts } from './enrollments.ts';
import { gatewayPid, watchHighest, gatewayMemory } from './gateway-process.ts';
import { frame, methodPath, openGrpc, patiently, type Grpc } from './grpc.ts';
import type { LightHost } from './light-host.ts';
import { payloadBombs } from './payload-bombs.ts';
import { FLAGS, FRAMES, headerBlock, openRaw, type RawHttp2 } from './raw-http2.ts';
import { completeTask, giveTask, takeTask, useTemporal, waitForEnd } from './tasks.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let evil: LightHost;
let other: LightHost;
const MIB = 1024 * 1024;
/** Of garbage that a runtime has not collected yet; each attack sends many times this. */
const GROWTH_MIB = 96;
const PATH = methodPath('GetSystemInfo');
/** For one answer of the gateway to another host; a moment in which this machine stood still may come before and after it. */
const HELD_UP_MS = 1000;
const STALLS = 2;

beforeAll(async () => {
  world = await openWorld();
  [evil, other] = await enrollPair(world, 't22');
});

afterAll(() => forgetHosts(world, [evil, other]));

/** Runs an attack while another host takes a task and answers it; the gateway must stay what and as large as it was. */
async function survives(attack: (honest: Grpc) => Promise<void>): Promise<void> {
  const pid = gatewayPid(world);
  const before = await gatewayMemory(world);
  await using temporal = await useTemporal(world);
  const task = await giveTask(temporal.client, other.identity.hostID);
  using honest = await openGrpc(other);
  const serve = async () => {
    const { taskToken } = await takeTask(honest, other.identity.hostID);
    expect((await completeTask(honest, taskToken, 'done')).code).toBe(status.OK);
    expect((await waitForEnd(task)).text).toBe('done');
  };
  const highest = await watchHighest(world, async () => void (await Promise.all([attack(honest), serve()])));
  expect(highest.memory - before).toBeLessThan(GROWTH_MIB);
  expect(gatewayPid(world)).toBe(pid);
}

const request = () =>
  headerBlock({
    ':method': 'POST',
    ':scheme': 'https',
    ':path': PATH,
    ':authority': 'byo-gateway',
    'content-type': 'application/grpc',
    te: 'trailers',
  });

/** Sends until the connection ends or `most` frames are out; true when it was ended. */
async function pour(
  raw: RawHttp2,
  most: number,
  next: (nth: number) => Parameters<RawHttp2['send']>,
): Promise<boolean> {
  for (let nth = 0; nth < most; nth += 1) if (!(await raw.send(...next(nth)))) return true;
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), 10_000);
  return Promise.race([raw.closed.then(() => true), late.promise]).finally(() => clearTimeout(timer));
}

test('T22: a flood of streams that are opened and reset ends the connection', async () => {
  await survives(async () => {
    const raw = await openRaw(evil);
    const cut = await pour(raw, 50_000, (nth) => {
      const stream = nth * 2 + 1;
      const open = { type: FRAMES.headers, flags: FLAGS.endHeaders, stream, payload: request() };
      return [open, { type: FRAMES.resetStream, stream, payload: Buffer.of(0, 0, 0, 8) }];
    });
    expect(cut).toBe(true);
  });
});

test('T22: headers that never end are ended', async () => {
  await survives(async () => {
    const raw = await openRaw(evil);
    const payload = headerBlock({ x: 'y'.repeat(16_000) });
    await raw.send({ type: FRAMES.headers, stream: 1, payload: request() });
    expect(await pour(raw, 20_000, () => [{ type: FRAMES.continuation, stream: 1, payload }])).toBe(true);
  });
});

test('T22: a flood of settings and pings ends the connection', async () => {
  await survives(async () => {
    const raw = await openRaw(evil);
    // Unread, their answers would pile up.
    raw.socket.pause();
    const payload = Buffer.alloc(8);
    const cut = await pour(raw, 100_000, () => [{ type: FRAMES.ping, payload }, { type: FRAMES.settings }]);
    expect(cut).toBe(true);
  });
});

test('T22: a message of 100 MB is refused before it is held', async () => {
  await survives(async () => {
    using grpc = await openGrpc(evil);
    const raw = frame(Buffer.alloc(100 * MIB));
    const { code } = await grpc.call({ path: PATH, raw });
    expect([status.RESOURCE_EXHAUSTED, 'cut']).toContain(code);
  });
});

test('T22: a gzip bomb is not blown up', async () => {
  const bomb = gzipSync(Buffer.alloc(512 * MIB));
  expect(bomb.length).toBeLessThan(MIB);
  await survives(async () => {
    using grpc = await openGrpc(evil);
    const { code } = await grpc.call({ path: PATH, raw: frame(bomb, true), headers: { 'grpc-encoding': 'gzip' } });
    expect(code).toBe(status.RESOURCE_EXHAUSTED);
  });
});

/** Milliseconds of each call that another host makes until `isOver`. */
async function waits(grpc: Grpc, isOver: () => boolean): Promise<number[]> {
  const all: number[] = [];
  while (!isOver()) {
    const begun = performance.now();
    expect((await grpc.call({ path: PATH })).code).toBe(status.OK);
    all.push(performance.now() - begun);
    await delay(400);
  }
  return all;
}

/** Of each size as many as a host may send in a burst; with no token, a forged one, and one that is its own. */
async function sendBombs(): Promise<Set<number | 'cut'>> {
  await using temporal = await useTemporal(world);
  await giveTask(temporal.client, evil.identity.hostID);
  using first = await openGrpc(evil);
  const { taskToken } = await takeTask(first, evil.identity.hostID);
  const codes = new Set<number | 'cut'>();
  for (const bytes of [MIB, MIB, 64_000, 64_000, 64_000, 10_000]) {
    using grpc = await openGrpc(evil);
    const calls = [Buffer.alloc(0), Buffer.alloc(100, 1), taskToken].flatMap((token) => payloadBombs(bytes, token));
    for (const { code } of await Promise.all(calls.map((one) => grpc.call(one)))) codes.add(code);
    // Until there is something in the buckets again, so that what is sent is looked at, and not only shed.
    for (const call of payloadBombs(20_000, taskToken)) codes.add((await patiently(grpc, call)).code);
  }
  return codes;
}

test('T22: as many empty payloads as fit into the answers of a host hold nobody up', async () => {
  using delays = watchDelays();
  let isOver = false;
  let [codes, all]: [Set<number | 'cut'>, number[]] = [new Set(), []];
  await survives(async (honest) => {
    const waiting = waits(honest, () => isOver);
    codes = await sendBombs().finally(() => (isOver = true));
    all = await waiting;
  });
  process.stdout.write(`  slowest answer to another host ${Math.max(...all).toFixed(0)} ms\n`);
  expect(codes).toContain(status.INVALID_ARGUMENT);
  expect(codes).not.toContain(status.OK);
  expect(Math.max(...all)).toBeLessThan(HELD_UP_MS + STALLS * delays.longest());
});

test('T22: more streams than are allowed are refused, and the host itself is served again', async () => {
  using grpc = await openGrpc(evil);
  const calls = await Promise.all(Array.from({ length: 200 }, () => grpc.call({ path: PATH })));
  expect(calls.filter(({ code }) => code !== status.OK).length).toBeGreaterThan(150);
  await using temporal = await useTemporal(world);
  await giveTask(temporal.client, evil.identity.hostID);
  using later = await openGrpc(evil);
  expect((await takeTask(later, evil.identity.hostID)).activityId).toBe('step');
});
