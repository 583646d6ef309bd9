// C8: a crowd of strangers behind the address of a site; whoever holds the key of a host renews all the same.
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { GATEWAY_PATHS } from '../../../api/gateway.ts';
import { LIMITS } from '../../../gateway/limits.ts';
import { ask, connectHalf, tlsOptions, type Answer, type Line } from './client.ts';
import { signRenewal } from './renewing.ts';
import { problemOf, startRunning } from './running.ts';
import { createHost, type Host } from './world.ts';

const ANSWER = 'eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl';
const SITE = '127.0.5.1';
const { world, port, stop, a, b } = await startRunning();
const spent = await createHost(world, 'spent', { endsAt: new Date(Date.now() - 60_000) });
const open = new Set<Socket>();
world.controller.answer = (_, response) => response.end(JSON.stringify({ answer: ANSWER }));
afterEach(() => {
  for (const socket of open) socket.destroy();
  open.clear();
});
afterAll(stop);

const lineOf = (holder?: Host): Line => ({
  port,
  trust: world.authority.pem,
  from: SITE,
  ...(holder ? { holder } : {}),
});
/** As an agent does, it connects again when it was dropped: those of the crowd that have only just come make no room. */
const renew = (holder: Host | undefined, request: string): Promise<Answer> =>
  vi.waitFor(() => ask(lineOf(holder), { method: 'POST', path: GATEWAY_PATHS.renew, json: { request } }), 20_000);
const post = (path: string, request: string): Promise<Answer> =>
  ask(lineOf(), { method: 'POST', path, json: { request } });

async function openStranger(): Promise<void> {
  const socket = connect({ ...tlsOptions(lineOf()), ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  open.add(socket.on('error', () => undefined));
}

/** As many handshakes as the address may have, never finished; patient, since so many are more than it may begin at once. */
async function holdHandshakes(half: Socket[]): Promise<void> {
  const missing = LIMITS.handshakesPerAddress - half.filter((socket) => !socket.destroyed).length;
  const more = await Promise.allSettled(Array.from({ length: missing }, () => connectHalf(port, SITE)));
  for (const one of more) {
    if (one.status === 'rejected') continue;
    half.push(one.value);
    open.add(one.value);
  }
  expect(missing).toBe(0);
}

/** Every place that a stranger of this address can have is taken, and the rate of its enrollments is used up. */
async function gatherCrowd(): Promise<void> {
  const half: Socket[] = [];
  await vi.waitFor(() => holdHandshakes(half), { timeout: 20_000, interval: 500 });
  // Patient, since those that have only just come make no room.
  const strangers = Array.from({ length: LIMITS.strangersPerAddress }, () => vi.waitFor(openStranger, 20_000));
  await Promise.all(strangers);
  await vi.waitFor(async () => expect((await post(GATEWAY_PATHS.enroll, ANSWER)).status).toBe(429), 20_000);
}

test.each([
  ['over the connection of its certificate', () => [a, a] as const],
  ['with a certificate that has ended', () => [spent, spent] as const],
  ['as nobody, as older agents do', () => [b, undefined] as const],
])('C8: in a crowd at the same address a host renews %s', async (_how, hosts) => {
  const [host, holder] = hosts();
  await gatherCrowd();
  const seen = world.controller.seen.length;
  const answer = await renew(holder, await signRenewal(host));
  expect([answer.status, answer.body.toString('utf8')]).toEqual([200, JSON.stringify({ answer: ANSWER })]);
  expect(world.controller.seen.slice(seen).filter((line) => line.startsWith(GATEWAY_PATHS.renew))).toHaveLength(1);
});

test('C8: a renewal that no pinned key has signed reaches nobody', async () => {
  const seen = world.controller.seen.length;
  const forged = [ANSWER, await signRenewal(a, b.key), await signRenewal({ ...a, hostID: crypto.randomUUID() })];
  for (const request of forged) {
    const answer = await renew(undefined, request);
    expect([answer.status, problemOf(answer).reason]).toEqual([403, 'RenewalRefused']);
  }
  expect(world.controller.seen).toHaveLength(seen);
});

test('C8: one host alone uses up what one host may', async () => {
  const chatty = await createHost(world, 'renewing-on-and-on');
  const statuses: number[] = [];
  const askOnce = async () => {
    statuses.push((await renew(chatty, await signRenewal(chatty))).status);
    expect(statuses).toContain(429);
  };
  await vi.waitFor(askOnce, { timeout: 30_000, interval: 20 });
  expect(statuses.filter((status) => status === 200)).toHaveLength(LIMITS.renewPerHost.burst);
  expect((await renew(b, await signRenewal(b))).status).toBe(200);
});

test('C8: renewals that nobody has answered are not counted: once the controller is back, its host waits no longer', async () => {
  const { answer } = world.controller;
  const patient = await createHost(world, 'renewing-while-it-is-away');
  world.controller.answer = (_, response) => response.writeHead(503).end('{}');
  const statuses: number[] = [];
  const askUntilPaced = async () => {
    statuses.push((await renew(patient, await signRenewal(patient))).status);
    expect(statuses).toContain(429);
  };
  await vi.waitFor(askUntilPaced, { timeout: 30_000, interval: 20 });
  expect(statuses.filter((status) => status === 503).length).toBeGreaterThanOrEqual(LIMITS.renewPerHost.burst);
  world.controller.answer = answer;
  const paceMs = 1000 / LIMITS.renewTriesPerHost.perSecond;
  const again = async () => expect((await renew(patient, await signRenewal(patient))).status).toBe(200);
  await vi.waitFor(again, { timeout: 2 * paceMs, interval: 200 });
});

test('B4: with a certificate that has ended nothing else is done, and its host is told to renew', async () => {
  const answer = await ask(lineOf(spent), { method: 'PUT', path: GATEWAY_PATHS.lease });
  expect([answer.status, problemOf(answer).reason]).toEqual([401, 'CertificateOutOfDate']);
  expect(problemOf(answer).remedy).not.toMatch(/enroll/i);
});
