// Enrollment on a real API server, under our own rights, over real TLS: who gets an identity, and who never does.
import { X509Certificate } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { parseIdentity } from '../../../common/keys/identity.ts';
import { BYO_HOST_ENROLLMENTS, BYO_HOSTS } from '../../../common/kube/resources.ts';
import {
  bring,
  createEnrollment,
  makeKeys,
  MANAGEMENT,
  open,
  readTogether,
  requestOf,
  startEnrollment,
} from './enrolling.ts';
import { admin, newNamespace, prepareServer } from './fixtures.ts';

beforeAll(prepareServer);

const hostsOf = async (namespace: string) => (await admin.list(BYO_HOSTS, { namespace })).items;
const admittedOf = async (namespace: string, name = 'e') =>
  (await admin.get(BYO_HOST_ENROLLMENTS, { namespace, name })).spec.admitted ?? [];

/** An enrollment and a host that has its token. */
async function prepare(options: Parameters<typeof createEnrollment>[2] = {}) {
  const namespace = await newNamespace();
  const macKey = await createEnrollment(namespace, 'e', options);
  const keys = await makeKeys();
  const where = { namespace, enrollment: 'e' };
  return { namespace, macKey, keys, where, request: await requestOf(keys, macKey, where) };
}

test('a host with a token gets its identity: ByoHost, pinned keys, granted labels, a certificate', async () => {
  const spec = { labels: { site: 'shop-1' }, failureDomain: 'rack-1' };
  const { namespace, keys, request } = await prepare({ spec });
  await using enrollment = await startEnrollment();
  const said = await bring(enrollment, 'enroll', { request });
  expect(said.status).toBe(200);
  const answer = await open(enrollment, said, request);
  const [host] = await hostsOf(namespace);
  expect(host).toMatchObject({
    metadata: { name: 'till-7', labels: { site: 'shop-1' } },
    spec: { hostID: answer.hostID, enrollment: 'e', failureDomain: 'rack-1' },
  });
  const pinned = host?.spec.keys?.map(({ id, use }) => `${use} ${id}`);
  expect(pinned?.toSorted()).toEqual([`sealing ${keys.sealing.id}`, `tls ${keys.tls.id}`]);
  const certificate = new X509Certificate(answer.certificate);
  const { installation } = enrollment.authorities;
  const identity = { kind: 'host', installation, hostID: answer.hostID };
  expect(parseIdentity(certificate.subjectAltName)).toEqual(identity);
  const { x, y } = keys.tls.publicJwk;
  expect(certificate.publicKey.export({ format: 'jwk' })).toMatchObject({ x, y });
  // The management cluster is not what hosts trust: the installation can move to another.
  expect(installation).not.toBe(MANAGEMENT);
  expect(answer).toMatchObject({ management: installation, namespace, name: 'till-7' });
});

test('a lost answer is given again to the same keys, also when the token is used up and over; to others never', async () => {
  const { namespace, macKey, request, where } = await prepare();
  let now = new Date();
  await using enrollment = await startEnrollment(undefined, () => now);
  const first = await open(enrollment, await bring(enrollment, 'enroll', { request }), request);
  now = new Date(now.getTime() + 30 * 24 * 3600_000);
  const again = await bring(enrollment, 'enroll', { request });
  expect((await open(enrollment, again, request)).hostID).toBe(first.hostID);
  const other = await requestOf(await makeKeys(), macKey, where);
  expect((await bring(enrollment, 'enroll', { request: other })).status).toBe(403);
  expect(await hostsOf(namespace)).toHaveLength(1);
});

test('T5: 50 hosts at once with one token, on two controllers that have read the same: exactly one identity', async () => {
  const { namespace, macKey, where } = await prepare();
  const [one, other] = readTogether(2);
  await using first = await startEnrollment(undefined, undefined, one);
  await using second = await startEnrollment(undefined, undefined, other);
  const requests = await Promise.all(
    Array.from({ length: 50 }, async () => requestOf(await makeKeys(), macKey, where)),
  );
  const said = await Promise.all(
    requests.map((request, index) => bring(index % 2 === 0 ? first : second, 'enroll', { request })),
  );
  expect(said.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(said.filter(({ status }) => status === 403)).toHaveLength(49);
  expect(await hostsOf(namespace)).toHaveLength(1);
  expect(await admittedOf(namespace)).toMatchObject([{ registered: true }]);
});

test('a token for many admits exactly as many, each under a name of its own', async () => {
  const { namespace, macKey, where } = await prepare({ spec: { hosts: 6 } });
  await using enrollment = await startEnrollment();
  const requests = await Promise.all(Array.from({ length: 9 }, async () => requestOf(await makeKeys(), macKey, where)));
  const said = await Promise.all(requests.map((request) => bring(enrollment, 'enroll', { request })));
  expect(said.filter(({ status }) => status === 200)).toHaveLength(6);
  const hosts = await hostsOf(namespace);
  expect(new Set(hosts.map(({ metadata }) => metadata.name)).size).toBe(6);
  expect(new Set(hosts.map(({ spec }) => spec.hostID)).size).toBe(6);
});

test('T4: the name of another host is not to be had by its hostname', async () => {
  const { namespace, macKey, keys, where } = await prepare();
  const theirs = await admin.create(
    BYO_HOSTS,
    { metadata: { namespace, name: 'a' }, spec: { hostID: MANAGEMENT } },
    namespace,
  );
  await using enrollment = await startEnrollment();
  const request = await requestOf(keys, macKey, { ...where, hostname: 'A' });
  const answer = await open(enrollment, await bring(enrollment, 'enroll', { request }), request);
  expect(answer.name).toBe(`a-${answer.hostID.slice(0, 8)}`);
  expect((await admin.get(BYO_HOSTS, { namespace, name: 'a' })).metadata.resourceVersion).toBe(
    theirs.metadata.resourceVersion,
  );
});

const PAST = { expiresAt: '2020-01-01T00:00:00Z' };

test('all refusals look alike from outside: ended token, wrong MAC, wrong Secret, unknown or foreign enrollment', async () => {
  await using enrollment = await startEnrollment();
  const ended = await prepare({ spec: PAST });
  const untyped = await prepare({ type: 'Opaque' });
  const mine = await prepare();
  const theirs = await prepare();
  const wrongMac = await requestOf(mine.keys, theirs.macKey, mine.where);
  const foreign = await requestOf(mine.keys, mine.macKey, theirs.where);
  const unknown = await requestOf(mine.keys, mine.macKey, { ...mine.where, enrollment: 'none' });
  const astray = await requestOf(mine.keys, mine.macKey, { namespace: '..', enrollment: '..' });
  const bent = `${mine.request.slice(0, -8)}AAAAAAAA`;
  const requests = [ended.request, untyped.request, wrongMac, foreign, unknown, astray, bent, 'e30.e30.e30'];
  const said = await Promise.all(requests.map((request) => bring(enrollment, 'enroll', { request })));
  expect(new Set(said.map(({ text }) => text)).size).toBe(1);
  expect(said[0]).toMatchObject({ status: 403, text: expect.stringContaining('EnrolmentRefused') });
  for (const { namespace } of [ended, untyped, mine, theirs]) expect(await hostsOf(namespace)).toEqual([]);
});

test('a host that somebody removed or revoked is not brought back by its old request', async () => {
  await using enrollment = await startEnrollment();
  const [gone, revoked] = [await prepare(), await prepare()];
  for (const { request } of [gone, revoked]) expect((await bring(enrollment, 'enroll', { request })).status).toBe(200);
  await admin.delete(BYO_HOSTS, { namespace: gone.namespace, name: 'till-7' });
  const key = { namespace: revoked.namespace, name: 'till-7' };
  await admin.patch(BYO_HOSTS, key, { manager: 'test', body: { spec: { keys: [] } } });
  for (const { request } of [gone, revoked]) expect((await bring(enrollment, 'enroll', { request })).status).toBe(403);
  expect(await hostsOf(gone.namespace)).toEqual([]);
  expect((await admin.get(BYO_HOSTS, key)).spec.keys).toEqual([]);
});
