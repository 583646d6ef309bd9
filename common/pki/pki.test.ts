// Certificates as OpenSSL, not our own library, reads them; and that nothing of a request gets into one.
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseIdentity } from '../keys/identity.ts';
import { parsePublicJwk } from '../keys/jwk.ts';
import { createAuthority, loadAuthority } from './authority.ts';
import { caPinOf } from './ca-pin.ts';
import { issueControllerCertificate, issueGatewayCertificate, issueHostCertificate } from './issue.ts';

const installation = '7d8a3c4e-0000-4000-8000-000000000001';
const hostID = '7d8a3c4e-0000-4000-8000-000000000002';
const now = new Date('2026-03-01T12:00:00Z');
const pair = await createAuthority('byo test', now);
const authority = await loadAuthority(pair);
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

const publicJwkOf = (more: object = {}) =>
  JSON.stringify({
    ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
    ...more,
  });
const issueFor = async (text: string) =>
  new X509Certificate(
    await issueHostCertificate(authority, { installation, hostID, tlsKey: await parsePublicJwk(text), now }),
  );

function expectHostProfile(certificate: X509Certificate): void {
  expect(certificate.subject).toBe(`CN=${hostID}`);
  expect(certificate.subjectAltName).toBe(`URI:spiffe://${installation}/host/${hostID}`);
  expect(parseIdentity(certificate.subjectAltName)).toEqual({ kind: 'host', installation, hostID });
  expect(certificate.keyUsage).toEqual([CLIENT_AUTH]);
  expect(certificate.ca).toBe(false);
  expect(certificate.validFromDate).toEqual(new Date('2026-03-01T11:55:00Z'));
  expect(certificate.validToDate).toEqual(new Date('2026-03-02T12:00:00Z'));
}

test('the CA signs for parties alone, and its pin is that of its key', async () => {
  const ca = new X509Certificate(pair.certificate);
  expect(ca.ca).toBe(true);
  expect(ca.checkPrivateKey(createPrivateKey(pair.key))).toBe(true);
  expect(caPinOf(pair.certificate)).toMatch(/^sha256:[A-Za-z0-9_-]{43}$/);
  const other = await createAuthority('byo test', now);
  expect(caPinOf(other.certificate)).not.toBe(caPinOf(pair.certificate));
  await expect(loadAuthority({ ...pair, key: other.key })).rejects.toThrow(/do not belong together/);
});

test('a host certificate has our fields, the key it was asked for, and is signed by our CA', async () => {
  const text = publicJwkOf();
  const certificate = await issueFor(text);
  expectHostProfile(certificate);
  const { x, y } = JSON.parse(text);
  expect(certificate.publicKey.export({ format: 'jwk' })).toMatchObject({ kty: 'EC', crv: 'P-256', x, y });
  expect(certificate.verify(new X509Certificate(pair.certificate).publicKey)).toBe(true);
});

test('gateway and controller bear their names, their identity and their own keys', async () => {
  const gateway = await issueGatewayCertificate(authority, { installation, now });
  const controller = await issueControllerCertificate(authority, { installation, now });
  const [first, second] = [new X509Certificate(gateway.certificate), new X509Certificate(controller.certificate)];
  expect(first.subjectAltName).toBe(`DNS:byo-gateway, URI:spiffe://${installation}/gateway`);
  expect(second.subjectAltName).toBe(`DNS:byo-controller, URI:spiffe://${installation}/controller`);
  expect(first.keyUsage).toEqual([SERVER_AUTH, CLIENT_AUTH]);
  expect(second.keyUsage).toEqual([SERVER_AUTH]);
  expect(first.checkPrivateKey(createPrivateKey(gateway.key))).toBe(true);
  expect(second.checkPrivateKey(createPrivateKey(controller.key))).toBe(true);
  expect(first.validToDate).toEqual(new Date('2026-03-31T12:00:00Z'));
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
const zero = 'A'.repeat(43);

/** What a hostile host may put beside a key (the first so many), or instead of one (T7). */
const KEYS = 12;
const HOSTILE: [string, string][] = [
  ['another common name', publicJwkOf({ CN: 'system:admin', subject: 'CN=root' })],
  ['a group', publicJwkOf({ O: 'system:masters', organizations: ['system:masters'] })],
  ['CA:true', publicJwkOf({ ca: true, basicConstraints: { ca: true } })],
  ['more names', publicJwkOf({ subjectAltName: 'DNS:byo-gateway', dns: ['byo-controller'] })],
  ['another identity', publicJwkOf({ uri: `spiffe://${installation}/gateway`, hostID: installation })],
  ['server use', publicJwkOf({ extendedKeyUsage: [SERVER_AUTH], key_ops: ['sign', 'verify'], use: 'enc' })],
  ['a longer life', publicJwkOf({ notAfter: '2999-01-01T00:00:00Z', exp: 9e9 })],
  ['a certificate of its own', publicJwkOf({ x5c: ['MIIB'], x5u: 'https://evil.example/c.pem' })],
  ['another key id', publicJwkOf({ kid: 'somebody-else' })],
  ['another algorithm', publicJwkOf({ alg: 'none' })],
  ['a private half', publicJwkOf({ d: zero })],
  ['a prototype', publicJwkOf().replace('{', '{"__proto__":{"ca":true},')],
  ['RSA', JSON.stringify(rsa)],
  ['P-384', JSON.stringify(p384)],
  ['P-384 called P-256', JSON.stringify({ ...p384, crv: 'P-256' })],
  ['Ed25519', JSON.stringify(ed25519)],
  ['a secret key', JSON.stringify({ kty: 'oct', k: zero })],
  ['a point that is not on the curve', publicJwkOf({ x: zero, y: zero })],
  ['short coordinates', publicJwkOf({ x: 'AA' })],
  ['no key', '{}'],
  ['no JSON', 'MIIB'],
];

test.each(HOSTILE.slice(0, KEYS))('a request with %s yields our fields alone', async (_what, text) => {
  const issued = await issueFor(text);
  expectHostProfile(issued);
  expect(issued.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
});

test.each(HOSTILE.slice(KEYS))('a request with %s yields nothing', async (_what, text) => {
  await expect(issueFor(text)).rejects.toBeInstanceOf(Error);
});
