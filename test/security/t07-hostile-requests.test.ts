// T7: an enrollment request asks for more than a host may have, or is by a key of another kind.
import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forgetHosts, openEnrollment, sendPatiently, unique } from './enrollments.ts';
import { honestRequest, hostileRequests, wishfulRequests, type Hostile } from './hostile-requests.ts';
import { becomeHost, openStranger, type LightHost } from './light-host.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let token = '';
const hosts: LightHost[] = [];

beforeAll(async () => {
  world = await openWorld();
  ({ token } = await openEnrollment(world, unique('t07'), { hosts: 50 }));
});

afterAll(() => forgetHosts(world, hosts));

const EXTENSIONS = { basicConstraints: '2.5.29.19', keyUsage: '2.5.29.15', extendedKeyUsage: '2.5.29.37' };
const NAMES = { authorityKey: '2.5.29.35', subjectAltName: '2.5.29.17' };
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const DAY_MS = 24 * 3600 * 1000;

/** The certificate must hold what we know of the host, its public key, and nothing besides. */
function checkCertificate({ identity, keys }: LightHost): void {
  const certificate = new X509Certificate(identity.certificate);
  expect(certificate.subject).toBe(`CN=${identity.hostID}`);
  expect(certificate.subjectAltName).toBe(`URI:spiffe://${identity.management}/host/${identity.hostID}`);
  expect([certificate.ca, certificate.keyUsage]).toEqual([false, [CLIENT_AUTH]]);
  const { kty, crv, x, y } = keys.tls.publicJwk;
  expect(certificate.publicKey.export({ format: 'jwk' })).toEqual({ kty, crv, x, y });
  const life = certificate.validToDate.getTime() - certificate.validFromDate.getTime();
  expect(life).toBeLessThanOrEqual(DAY_MS + 5 * 60_000);
  const parsed = new x509.X509Certificate(identity.certificate);
  const known = [...Object.values(EXTENSIONS), ...Object.values(NAMES)];
  expect(parsed.extensions.map(({ type }) => type).toSorted()).toEqual(known.toSorted());
  expect(parsed.getExtension(x509.KeyUsagesExtension)?.usages).toBe(x509.KeyUsageFlags.digitalSignature);
}

test('T7: keys of another kind, broken proofs and names of other places are refused', async () => {
  const requests = await hostileRequests(token);
  expect(requests.length).toBeGreaterThan(15);
  const said = await Promise.all(
    requests.map(async ({ what, request }) => ({ what, status: (await sendPatiently(world, { request })).status })),
  );
  const odd = said.filter(({ status }) => ![400, 403, 413].includes(status));
  expect(odd).toEqual([]);
});

async function enroll({ request, keys }: Hostile): Promise<LightHost> {
  const answer = await sendPatiently(world, { request });
  expect(answer.status).toBe(200);
  return becomeHost(await openStranger(world), keys, { request, answer: answer.body });
}

test('T7: of what a host wishes for itself, nothing is in its certificate or its object', async () => {
  const victim = await enroll(await honestRequest(token));
  hosts.push(victim);
  const stolen = victim.identity.hostID;
  for (const wishful of await wishfulRequests(token, stolen)) {
    const host = await enroll(wishful);
    hosts.push(host);
    checkCertificate(host);
    expect(host.identity.hostID).not.toBe(stolen);
    const object = await world.kubectl.get(['byohost', '-n', host.identity.namespace, host.identity.name]);
    expect(JSON.stringify(object)).not.toContain('evil');
  }
});
