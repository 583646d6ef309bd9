// What the gateway answers, black box: the real program, a real API server, certificates of the controller's profile.
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, expect, test, vi } from 'vitest';
import { GATEWAY_PATHS } from '../../../api/gateway.ts';
import { leaseNameOf } from '../../../api/names.ts';
import { BYO_HOSTS, LEASES } from '../../../common/kube/resources.ts';
import { reportedHost } from '../../support/builders.ts';
import { admin } from '../controller/fixtures.ts';
import { ask, closed, connectH2, tlsOptions, type Answer } from './client.ts';
import { createAuthority } from './pki.ts';
import { signRenewal } from './renewing.ts';
import { problemOf, put, startRunning } from './running.ts';

const JWS = 'eyJhbGciOiJFUzI1NiJ9.c2VjcmV0LWpvaW4.c2lnbmF0dXJl';
const { world, gateway, line, newHost, stop, a, b } = await startRunning();
afterAll(stop);

test('a host’s report and lease appear in its own ByoHost, clean, by the gateway’s clock', async () => {
  const hostname = '\u001b[31mevil\u0000';
  const answer = await ask(
    line(a),
    put(GATEWAY_PATHS.report, { ...reportedHost({ hostname }), metadata: { name: 'ba' } }),
  );
  expect(answer.status).toBe(204);
  const { status } = await admin.get(BYO_HOSTS, a);
  expect(status?.reported?.hostname).toBe('[31mevil');
  expect((await admin.get(BYO_HOSTS, b)).status?.reported).toBeUndefined();
  const before = Date.now();
  const lease = await ask(line(a), put(GATEWAY_PATHS.lease, { renewTime: '1970-01-01T00:00:00.000000Z' }));
  expect(JSON.parse(lease.body.toString('utf8'))).toEqual({ secondsSincePoll: null, reportDigest: null });
  const stored = await admin.get(LEASES, { namespace: a.namespace, name: leaseNameOf('a') });
  expect(stored.spec.holderIdentity).toBe(a.hostID);
  expect(Date.parse(stored.spec.renewTime ?? '')).toBeGreaterThanOrEqual(before);
});

test('without a certificate, or with one that is none, nothing but enrollment is answered', async () => {
  const paths = [put(GATEWAY_PATHS.report, reportedHost()), put(GATEWAY_PATHS.lease)];
  const { installation, authority } = world;
  const stranger = await createAuthority();
  const identity = { kind: 'host' as const, installation, hostID: a.hostID };
  const holders = [
    undefined,
    await stranger.issue(identity),
    await authority.issue({ kind: 'gateway', installation }),
    await authority.issue({ ...identity, installation: randomUUID() }),
  ];
  for (const holder of holders) {
    for (const path of paths) expect((await ask(line(holder), path)).status).toBe(401);
    await closed(await connectH2(line(holder)));
  }
  // T4: the right name with a key that is not pinned to it, whether the certificate has ended or not.
  const unpinned = [
    await authority.issue(identity),
    await authority.issue(identity, { endsAt: new Date(Date.now() - 1000) }),
  ];
  for (const holder of unpinned) {
    const answer = await ask(line(holder), put(GATEWAY_PATHS.lease));
    expect([answer.status, problemOf(answer).reason]).toEqual([403, 'HostRevoked']);
    await closed(await connectH2(line(holder)));
  }
});

test('older TLS and unknown paths are refused', async () => {
  const old = connect({ ...tlsOptions(line(a)), maxVersion: 'TLSv1.2' });
  const [error] = await once(old, 'error');
  expect(String(error)).toMatch(/alert protocol version/);
  expect((await ask(line(a), { method: 'GET', path: '/v1/hosts' })).status).toBe(404);
  expect((await ask(line(a), { method: 'GET', path: GATEWAY_PATHS.report })).status).toBe(405);
  expect((await ask(line(a), put(GATEWAY_PATHS.report, { x: 1 }))).status).toBe(400);
  const large = await ask(line(a), put(GATEWAY_PATHS.report, { x: 'x'.repeat(70_000) }));
  expect(large.status).toBe(413);
});

test('enrollment is passed on to the controller and back, its refusals too, and a dead controller is told', async () => {
  const { controller } = world;
  const enroll = (path: string) => ask(line(), { method: 'POST', path, json: { request: JWS, extra: 1 } });
  controller.answer = (_, response) => response.end(JSON.stringify({ answer: JWS }));
  const renewal = await signRenewal(a);
  for (const [path, json] of [
    [GATEWAY_PATHS.enroll, { request: JWS }],
    [GATEWAY_PATHS.renew, { request: renewal }],
  ] as const) {
    const answer = await ask(line(), { method: 'POST', path, json: { ...json, extra: 1 } });
    expect([answer.status, answer.body.toString('utf8')]).toEqual([200, JSON.stringify({ answer: JWS })]);
    expect(controller.seen.at(-1)).toBe(`${path} ${JSON.stringify(json)}`);
  }
  const refusal = { reason: 'EnrolmentRefused', message: 'no', remedy: 'ask' };
  controller.answer = (_, response) => response.writeHead(403).end(JSON.stringify(refusal));
  const refused = await enroll(GATEWAY_PATHS.enroll);
  expect([refused.status, problemOf(refused)]).toEqual([403, refusal]);
  expect((await ask(line(), { method: 'POST', path: GATEWAY_PATHS.enroll, json: { request: 'x' } })).status).toBe(400);
  controller.answer = (request) => request.socket.destroy();
  const dead = await enroll(GATEWAY_PATHS.enroll);
  expect([dead.status, problemOf(dead).reason]).toEqual([503, 'ControllerUnreachable']);
  expect(Number(dead.headers['retry-after'])).toBeGreaterThanOrEqual(10);
  await gateway.waitFor('"act":"Renew","outcome":"allowed"');
  expect(gateway.lines().join('\n')).not.toContain(JWS);
  expect(gateway.lines().join('\n')).not.toContain(renewal);
});

test('T21: who asks too often is told when to come back', async () => {
  world.controller.answer = (_, response) => response.end(JSON.stringify({ answer: JWS }));
  const same = line();
  const enroll = (): Promise<Answer> =>
    ask(same, { method: 'POST', path: GATEWAY_PATHS.enroll, json: { request: JWS } });
  const enrollments = await askUntilLimited(() => Promise.all(Array.from({ length: 8 }, enroll)));
  expectBurst(enrollments, 200, 5);
  const limited = enrollments.answers.find(({ status }) => status === 429);
  expect(Number(limited?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  const host = await newHost('chatty');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const report = { ...put(GATEWAY_PATHS.report, reportedHost()), agent };
  const reports = await askUntilLimited(async () => [await ask(line(host), report)]);
  agent.destroy();
  expectBurst(reports, 204, 10);
});

type Asked = { answers: Answer[]; seconds: number };

/** All of the burst is let through, and beyond it one a second. */
function expectBurst({ answers, seconds }: Asked, status: number, burst: number): void {
  const through = answers.filter((answer) => answer.status === status).length;
  expect(through).toBeGreaterThanOrEqual(burst);
  expect(through).toBeLessThan(burst + seconds + 2);
}

/** However slowly this machine asks, while a bucket fills up again. */
async function askUntilLimited(askOnce: () => Promise<Answer[]>): Promise<Asked> {
  const answers: Answer[] = [];
  const begun = performance.now();
  await vi.waitFor(
    async () => {
      answers.push(...(await askOnce()));
      expect(answers.map(({ status }) => status)).toContain(429);
    },
    { timeout: 30_000, interval: 0 },
  );
  return { answers, seconds: (performance.now() - begun) / 1000 };
}

test('bundles are read whole or by range, and nothing beside them', async () => {
  const content = Buffer.from('0123456789');
  const digest = createHash('sha256').update(content).digest('hex');
  await mkdir(join(world.bundles, 'blobs/sha256'), { recursive: true });
  await writeFile(join(world.bundles, 'index.json'), '{}');
  await writeFile(join(world.bundles, 'secret'), 'x');
  await writeFile(join(world.bundles, 'blobs/sha256', digest), content);
  const get = (name: string, headers = {}) =>
    ask(line(a), { method: 'GET', path: GATEWAY_PATHS.blobs + name, headers });
  const blob = `sha256:${digest}`;
  const whole = await get(blob);
  expect([whole.status, whole.body.toString()]).toEqual([200, '0123456789']);
  const part = await get(blob, { range: 'bytes=4-' });
  expect([part.status, part.body.toString(), part.headers['content-range']]).toEqual([206, '456789', 'bytes 4-9/10']);
  const none = await get(blob, { range: 'bytes=10-' });
  expect([none.status, none.headers['content-range']]).toEqual([416, 'bytes */10']);
  expect((await get('index.json')).status).toBe(200);
  for (const name of ['secret', '../secret', `sha256:${'0'.repeat(64)}`, 'blobs', '']) {
    expect((await get(name)).status).toBe(404);
  }
  expect((await ask(line(), { method: 'GET', path: GATEWAY_PATHS.blobs + blob })).status).toBe(401);
});
