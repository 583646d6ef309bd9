// X.509 for the management plane: one CA of the instance's own and the certificates it signs. No files here.
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

/** PEM texts; the key is PKCS#8. */
export type KeyPair = { certificate: string; key: string };

/** Whom a certificate is for: `organizations` are Kubernetes groups, `addresses` IPs or DNS names to be served. */
export type Subject = { commonName: string; organizations?: string[]; addresses?: string[] };

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 24 * 3600 * 1000;
const { KeyUsageFlags, ExtendedKeyUsage } = x509;

/** A new CA; good for a year, which no lab sees the end of. */
export async function createAuthority(commonName: string): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    name: [{ CN: [commonName] }],
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** A certificate for server and client use, signed by `authority`. */
export async function issueCertificate(authority: KeyPair, subject: Subject): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const issuer = new x509.X509Certificate(authority.certificate);
  const certificate = await x509.X509CertificateGenerator.create({
    publicKey: keys.publicKey,
    subject: nameOf(subject),
    issuer: issuer.subjectName,
    signingKey: await importKey(authority.key),
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...alternativeNames(subject.addresses ?? []),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** A bare key pair, for signing service account tokens. `certificate` holds the public key. */
export async function createSigningKey(): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const spki = await crypto.subtle.exportKey('spki', keys.publicKey);
  return { certificate: x509.PemConverter.encode(spki, 'PUBLIC KEY'), key: await exportKey(keys.privateKey) };
}

function nameOf({ commonName, organizations = [] }: Subject): x509.Name {
  return new x509.Name([...organizations.map((group) => ({ O: [group] })), { CN: [commonName] }]);
}

function alternativeNames(addresses: string[]): x509.Extension[] {
  if (addresses.length === 0) return [];
  const names = addresses.map((value) => ({ type: isIP(value) !== 0 ? ('ip' as const) : ('dns' as const), value }));
  return [new x509.SubjectAlternativeNameExtension(names)];
}

// Begins a little in the past: a host's clock may be behind.
function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - 5 * 60_000), notAfter: new Date(Date.now() + 365 * DAY) };
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  return crypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), ALGORITHM, false, ['sign']);
}
