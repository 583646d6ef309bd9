// Replacement, renewal and the door itself: on a real API server, over real TLS.
import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import { beforeAll, expect, test } from 'vitest';
import { SERVER_NAMES } from '../../../api/gateway.ts';
import { CA_SECRET, GATEWAY_SECRET, SYSTEM_NAMESPACE, TRUST_CONFIG_MAP, TRUST_KEYS } from '../../../api/names.ts';
import { signRequest } from '../../../common/enrollment/messages.ts';
import { findCondition } from '../../../common/kube/conditions.ts';
import { BYO_HOST_ENROLLMENTS, BYO_HOSTS, CONFIG_MAPS, SECRETS } from '../../../common/kube/resources.ts';
import { caPinOf } from '../../../common/pki/ca-pin.ts';
import { issueControllerCertificate, issueGatewayCertificate } from '../../../common/pki/issue.ts';
import { until } from '../../support/until.ts';
import {
  bring,
  createEnrollment,
  enrollOne,
  gatewayTls,
  makeKeys,
  MANAGEMENT,
  open,
  requestOf,
  startEnrollment,
  type HostKeys,
} from './enrolling.ts';
import { admin, createHost, newNamespace, prepareServer } from './fixtures.ts';
import { runController } from './running.ts';

beforeAll(prepareServer);

const seconds = (date = new Date()) => Math.floor(date.getTime() / 1000);
const renewal = (hostID: string, { tls }: HostKeys, issuedAt = seconds()) =>
  signRequest('renew', { hostID, issuedAt }, tls.privateJwk);

test('a re-imaged machine keeps its host id; old keys are out, and the open claim is marked lost', async () => {
  const namespace = await newNamespace();
  await using enrollment = await startEnrollment();
  const { identity, request: oldRequest } = await enrollOne(enrollment, namespace);
  const key = { namespace, name: identity.name };
  const claim = { namespace, name: 'm', incarnation: 'i', generation: 1 };
  await admin.patch(BYO_HOSTS, key, { manager: 'test', body: { spec: { claim, lastGeneration: 1 } } });
  const macKey = await createEnrollment(namespace, 'again', { spec: { replaceHost: identity.name } });
  const keys = await makeKeys();
  const request = await requestOf(keys, macKey, { namespace, enrollment: 'again', hostname: 'else' });
  const replaced = await open(enrollment, await bring(enrollment, 'enroll', { request }), request);
  expect(replaced).toMatchObject({ hostID: identity.hostID, name: identity.name });
  const { spec } = await admin.get(BYO_HOSTS, key);
  expect(spec.claim).toEqual({ ...claim, lost: true });
  expect(spec.keys?.map(({ id }) => id).toSorted()).toEqual([keys.sealing.id, keys.tls.id].toSorted());
  expect((await bring(enrollment, 'enroll', { request })).status).toBe(200);
  expect((await bring(enrollment, 'enroll', { request: oldRequest })).status).toBe(403);
  const other = await requestOf(await makeKeys(), macKey, { namespace, enrollment: 'again' });
  expect((await bring(enrollment, 'enroll', { request: other })).status).toBe(403);
});

test('a host that is not there cannot be replaced', async () => {
  const namespace = await newNamespace();
  await using enrollment = await startEnrollment();
  const macKey = await createEnrollment(namespace, 'e', { spec: { replaceHost: 'nobody' } });
  const request = await requestOf(await makeKeys(), macKey, { namespace, enrollment: 'e' });
  expect((await bring(enrollment, 'enroll', { request })).status).toBe(403);
});

test('a pinned key renews, long after the certificate has ended; a foreign or revoked one does not', async () => {
  const namespace = await newNamespace();
  await using running = await runController(namespace);
  let now = new Date();
  await using enrollment = await startEnrollment(running.findHosts, () => now);
  const { keys, identity } = await enrollOne(enrollment, namespace);
  const { hostID } = identity;
  await until(async () => expect(running.findHosts(hostID)).toHaveLength(1));
  now = new Date(now.getTime() + 300 * 24 * 3600_000);
  const request = await renewal(hostID, keys, seconds(now));
  const renewed = await open(enrollment, await bring(enrollment, 'renew', { request }), request);
  expect(renewed).toMatchObject({ hostID, namespace, name: identity.name });
  expect(renewed.certificate).not.toBe(identity.certificate);
  const refused = [
    await renewal(hostID, await makeKeys(), seconds(now)),
    await renewal(MANAGEMENT, keys, seconds(now)),
    await renewal(hostID, { ...keys, tls: keys.sealing }, seconds(now)),
  ];
  for (const one of refused) expect((await bring(enrollment, 'renew', { request: one })).status).toBe(403);
  const pinned = (await admin.get(BYO_HOSTS, { namespace, name: identity.name })).spec.keys ?? [];
  const body = { spec: { keys: pinned.filter(({ use }) => use === 'sealing') } };
  await admin.patch(BYO_HOSTS, { namespace, name: identity.name }, { manager: 'test', body });
  const late = await renewal(hostID, keys, seconds(now));
  expect((await bring(enrollment, 'renew', { request: late })).status).toBe(403);
});

test.each([
  ['11 minutes ahead', 660],
  ['13 hours behind', -13 * 3600],
  ['2 years ahead', 2 * 365 * 24 * 3600],
  ['at 1970', -seconds()],
])('B4: whatever its clock says, a host renews: %s', async (_what, ahead) => {
  const namespace = await newNamespace();
  await using running = await runController(namespace);
  await using enrollment = await startEnrollment(running.findHosts);
  const { keys, identity } = await enrollOne(enrollment, namespace);
  await until(async () => expect(running.findHosts(identity.hostID)).toHaveLength(1));
  const request = await renewal(identity.hostID, keys, seconds() + ahead);
  const renewed = await open(enrollment, await bring(enrollment, 'renew', { request }), request);
  expect(renewed).toMatchObject({ hostID: identity.hostID });
});

test('T30: an answer that a gateway has changed, or gives to another request, is not believed', async () => {
  const namespace = await newNamespace();
  await using enrollment = await startEnrollment();
  const { keys, request } = await enrollOne(enrollment, namespace);
  const said = await bring(enrollment, 'enroll', { request });
  const [header, payload = '', signature] = JSON.parse(said.text).answer.split('.');
  const evil = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), signers: [{ kid: 'evil' }] };
  const bent = [header, Buffer.from(JSON.stringify(evil)).toString('base64url'), signature].join('.');
  const forged = { status: 200, text: JSON.stringify({ answer: bent }) };
  await expect(open(enrollment, forged, request)).rejects.toThrow(/not signed/);
  const other = await renewal(MANAGEMENT, keys);
  await expect(open(enrollment, said, other)).rejects.toThrow(/not to this request/);
});

test('only a gateway of this installation is heard, over TLS 1.3, with a body of bounded size', async () => {
  await using enrollment = await startEnrollment();
  const tls = await gatewayTls();
  const { ca } = tls;
  const whom = { now: new Date(), installation: '7d8a3c4e-0000-4000-8000-00000000ffff' };
  const foreign = await issueGatewayCertificate(enrollment.authorities.current, whom);
  const server = await issueControllerCertificate(enrollment.authorities.current, {
    ...whom,
    installation: enrollment.authorities.installation,
  });
  const asked = { request: 'e30.e30.e30' };
  const as = (pair: { certificate: string; key: string }) => ({ ca, cert: pair.certificate, key: pair.key });
  expect((await bring(enrollment, 'enroll', { ...asked, tls: as(foreign) })).text).toContain('NotAGateway');
  await expect(bring(enrollment, 'enroll', { ...asked, tls: as(server) })).rejects.toThrow(/hang up|alert|reset/);
  await expect(bring(enrollment, 'enroll', { ...asked, tls: { ca } })).rejects.toThrow(/hang up|alert|reset/);
  expect((await bring(enrollment, 'enroll', { body: `{"request":"${'A'.repeat(64_000)}"}` })).status).toBe(413);
  expect((await bring(enrollment, 'enroll', { body: 'no JSON' })).status).toBe(400);
  expect((await bring(enrollment, 'report', asked)).status).toBe(404);
  const { port } = enrollment;
  const old = connectTls({
    ...tls,
    port,
    host: '127.0.0.1',
    servername: SERVER_NAMES.controller,
    maxVersion: 'TLSv1.2',
  });
  const [error] = await once(old, 'error').catch((thrown: unknown) => [thrown]);
  expect(String(error)).toMatch(/protocol version|alert/);
});

test('the CA is made once, the gateway keeps its token key, and what is public says how to find both', async () => {
  const ca = { namespace: SYSTEM_NAMESPACE, name: CA_SECRET };
  const gateway = { namespace: SYSTEM_NAMESPACE, name: GATEWAY_SECRET };
  await using first = await startEnrollment();
  const before = await admin.get(SECRETS, gateway);
  const made = await admin.get(SECRETS, ca);
  await using second = await startEnrollment();
  expect((await admin.get(SECRETS, ca)).metadata.resourceVersion).toBe(made.metadata.resourceVersion);
  expect((await admin.get(SECRETS, gateway)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  expect(second.authorities.certificates).toEqual(first.authorities.certificates);
  const trust = await admin.get(CONFIG_MAPS, { namespace: SYSTEM_NAMESPACE, name: TRUST_CONFIG_MAP });
  const certificate = trust.data[TRUST_KEYS.authorities] ?? '';
  expect(certificate).toBe(first.authorities.certificates.join(''));
  expect(trust.data[TRUST_KEYS.pin]).toBe(caPinOf(certificate));
  const soon = new Date(Date.now() + 16 * 24 * 3600_000);
  await using later = await startEnrollment(undefined, () => soon);
  const after = await admin.get(SECRETS, gateway);
  expect(later.port).toBeGreaterThan(0);
  expect(after.data['tls.crt']).not.toBe(before.data['tls.crt']);
  expect(after.data['token-key']).toBe(before.data['token-key']);
});

test('an enrollment says how many have used it, and why it is closed', async () => {
  const namespace = await newNamespace();
  await createEnrollment(namespace, 'open');
  await createEnrollment(namespace, 'over', { spec: { expiresAt: '2020-01-01T00:00:00Z' } });
  await createEnrollment(namespace, 'untyped', { type: 'Opaque' });
  await createHost(namespace, 'revoked');
  await createEnrollment(namespace, 'again', { spec: { replaceHost: 'revoked' } });
  await createEnrollment(namespace, 'ending', { spec: { expiresAt: new Date(Date.now() + 2500).toISOString() } });
  await using running = await runController(namespace);
  await using enrollment = await startEnrollment(running.findHosts);
  await enrollOne(enrollment, namespace, 'used');
  const openOf = async (name: string) => {
    const { status } = await admin.get(BYO_HOST_ENROLLMENTS, { namespace, name });
    const { status: isOpen, reason } = findCondition(status?.conditions, 'Open') ?? {};
    return `${isOpen} ${reason} ${status?.used}`;
  };
  await until(async () => expect(await openOf('open')).toBe('True Open 0'));
  await until(async () => expect(await openOf('used')).toBe('False Used 1'));
  await until(async () => expect(await openOf('over')).toBe('False Expired 0'));
  await until(async () => expect(await openOf('untyped')).toBe('False SecretMissing 0'));
  await until(async () => expect(await openOf('again')).toBe('False HostRevoked 0'));
  await until(async () => expect(await openOf('ending')).toBe('False Expired 0'));
});
