import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { certify, createAuthority, lifeAt, type Life } from '../testing/authority.ts';
import { findGatewayFault, type Trust } from './gateway-fault.ts';

const HOUR = 3600_000;
const YEAR = 365 * 24 * HOUR;
const NOW = Date.now();
const authority = await createAuthority();
const { pem, installation } = authority;
const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const hostID = crypto.randomUUID();
const issue = async (life: Life = lifeAt(NOW), by = authority, kind: 'gateway' | 'controller' = 'gateway') =>
  new X509Certificate(await certify(by, { kind, installation: by.installation }, keys.publicKey, life));
const host = (life: Life = lifeAt(NOW)) =>
  certify(authority, { kind: 'host', installation, hostID }, keys.publicKey, life);
const gateway = await issue();
const find = (certificate: X509Certificate, verdict?: string, trust: Partial<Trust> = {}, now = NOW) =>
  findGatewayFault({ certificate, verdict }, { ca: [pem], installation, ...trust }, now);

test('what OpenSSL has nothing against, and is our gateway, is let in', () => {
  expect(find(gateway)).toBeUndefined();
});

test.each(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])('B4: %s alone is forgiven', (verdict) => {
  expect(find(gateway, verdict)).toBeUndefined();
});

test.each(['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_SIGNATURE_FAILURE', 'null'])(
  'every other verdict stands: %s',
  (verdict) => expect(find(gateway, verdict)).toBe(verdict),
);

test.each(['CERT_HAS_EXPIRED', undefined])('behind a verdict of %s nothing else can hide', async (verdict) => {
  const foreign = await createAuthority(installation);
  expect(find(await issue(lifeAt(NOW), foreign), verdict)).toMatch(/not by a CA/);
  expect(find(gateway, verdict, { ca: [foreign.pem] })).toMatch(/not by a CA/);
  expect(find(new X509Certificate(pem), verdict)).toMatch(/not that of a server/);
  expect(find(new X509Certificate(await host()), verdict)).toMatch(/not that of a server/);
  expect(find(await issue(lifeAt(NOW), authority, 'controller'), verdict)).toMatch(/another name/);
  expect(find(gateway, verdict, { installation: crypto.randomUUID() })).toMatch(/another installation/);
});

test('a clock that agrees with the own certificate is believed of a gateway that is long out of date', async () => {
  const own = await host();
  const old = await issue(lifeAt(NOW - 60 * 24 * HOUR));
  expect(find(old, 'CERT_HAS_EXPIRED', { own })).toBe('CERT_HAS_EXPIRED');
  // Eleven minutes behind: the gateway's certificate has only just been made.
  expect(find(await issue(lifeAt(NOW + 11 * 60_000)), 'CERT_NOT_YET_VALID', { own })).toBeUndefined();
});

test.each([
  ['at 1970', 0],
  ['2 years ahead', NOW + 2 * YEAR],
  ['2 years behind', NOW - 2 * YEAR],
  ['a week away', NOW + 7 * 24 * HOUR],
])('B4: a clock that does not agree with it proves nothing: %s', async (_what, now) => {
  expect(
    find(gateway, now < NOW ? 'CERT_NOT_YET_VALID' : 'CERT_HAS_EXPIRED', { own: await host() }, now),
  ).toBeUndefined();
});
