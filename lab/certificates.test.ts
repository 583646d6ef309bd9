// Certificates and kubeconfigs as OpenSSL, not our own library, reads them.
import { X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createAuthority, createSigningKey, issueCertificate } from './certificates.ts';
import { renderKubeconfig } from './kubeconfig.ts';

const authority = await createAuthority('test');

test('a certificate is signed by its CA, fits its key, and names user, groups and addresses', async () => {
  const subject = { commonName: 'jane', organizations: ['ops', 'dev'], addresses: ['10.90.1.1', 'localhost', '::1'] };
  const issued = await issueCertificate(authority, subject);
  const [ca, certificate] = [new X509Certificate(authority.certificate), new X509Certificate(issued.certificate)];
  expect(certificate.verify(ca.publicKey)).toBe(true);
  expect(certificate.checkIssued(ca)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(issued.key))).toBe(true);
  expect(certificate.subject.split('\n').toSorted()).toEqual(['CN=jane', 'O=dev', 'O=ops']);
  expect([certificate.checkIP('10.90.1.1'), certificate.checkIP('::1')]).toEqual(['10.90.1.1', '::1']);
  expect([certificate.checkHost('localhost'), certificate.checkIP('10.90.1.2')]).toEqual(['localhost', undefined]);
  expect([ca.ca, certificate.ca]).toEqual([true, false]);
});

test('another CA did not sign it', async () => {
  const issued = await issueCertificate(authority, { commonName: 'jane' });
  const other = new X509Certificate((await createAuthority('test')).certificate);
  expect(new X509Certificate(issued.certificate).verify(other.publicKey)).toBe(false);
});

test('the two halves of a signing key belong together', async () => {
  const pair = await createSigningKey();
  const derived = createPublicKey(createPrivateKey(pair.key)).export({ type: 'spki', format: 'pem' });
  expect(createPublicKey(pair.certificate).export({ type: 'spki', format: 'pem' })).toEqual(derived);
});

test('a kubeconfig holds its own certificates and impersonates only when told to', () => {
  const client = { certificate: 'CERT', key: 'KEY' };
  const parts = { cluster: 'byo-demo', server: 'https://127.0.0.1:1', authority: 'CA', user: 'lab-admin', client };
  const [plain, acting] = [renderKubeconfig(parts), renderKubeconfig({ ...parts, as: 'system:serviceaccount:a:b' })];
  expect(parse(plain).users[0].user).toEqual({
    'client-certificate-data': Buffer.from('CERT').toString('base64'),
    'client-key-data': Buffer.from('KEY').toString('base64'),
  });
  expect(parse(acting).users[0].user.as).toBe('system:serviceaccount:a:b');
  expect(parse(plain)['current-context']).toBe('lab-admin@byo-demo');
});
