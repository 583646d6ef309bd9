// The certificate authority of one installation: P-256, its own, never Kubernetes'.
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** PEM texts; the key is PKCS#8. */
export type PemPair = { certificate: string; key: string };

/** A CA that can sign: its certificate (PEM and parsed) and its private key, which cannot be exported any more. */
export type Authority = { pem: string; certificate: x509.X509Certificate; signingKey: webcrypto.CryptoKey };

export const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Certificates begin a little in the past: a host's clock may be behind. */
export const BACKDATE_MS = 5 * 60_000;

/** Long, since hosts that were away for years know no other; it is rolled by a next one, never by running out. */
const LIFETIME_MS = 10 * 365 * 24 * 3600 * 1000;

/** A new CA that signs certificates of parties and nothing else (no CA below it). */
export async function createAuthority(commonName: string, now: Date): Promise<PemPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const usages = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    name: [{ CN: [commonName] }],
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(now.getTime() + LIFETIME_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(usages, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemOf(certificate), key: await exportKey(keys.privateKey) };
}

/** @throws when the two are no P-256 pair in PEM, or do not belong together */
export async function loadAuthority(pair: PemPair): Promise<Authority> {
  const certificate = new x509.X509Certificate(pair.certificate);
  const pkcs8 = x509.PemConverter.decodeFirst(pair.key);
  const signingKey = await crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']);
  const probe = new Uint8Array([1]);
  const signature = await crypto.subtle.sign(ALGORITHM, signingKey, probe);
  const publicKey = await certificate.publicKey.export(ALGORITHM, ['verify']);
  if (await crypto.subtle.verify(ALGORITHM, publicKey, signature, probe)) {
    return { pem: pemOf(certificate), certificate, signingKey };
  }
  throw new Error('the certificate and the key do not belong together');
}

/** With a newline at its end, so that several make a file. */
export function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}

/** PKCS#8 in PEM. */
export async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
