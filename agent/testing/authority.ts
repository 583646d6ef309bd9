// A CA and certificates to the profile that hosts and gateways know, for tests.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { exportPKCS8, type CryptoKey, type JWK } from 'jose';
import { spiffeIdOf, type Identity } from '../../common/keys/identity.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY = 24 * 3600 * 1000;
type Keys = { publicKey: CryptoKey; privateKey: CryptoKey };

export type Authority = { certificate: x509.X509Certificate; pem: string; keys: Keys; installation: string };

/** `at`: the time of the one who makes it, milliseconds since the epoch. */
export async function createAuthority(installation: string = randomUUID(), at = Date.now()): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    name: 'CN=byo-ca',
    signingAlgorithm: ALGORITHM,
    ...datesOf(lifeAt(at)),
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return { certificate, pem: certificate.toString('pem'), keys, installation };
}

/** When a certificate holds: milliseconds since the epoch. */
export type Life = { notBefore: number; notAfter: number };

/** PEM of a certificate for this identity and this public key. */
export async function certify(
  by: Authority,
  identity: Identity,
  publicKey: CryptoKey,
  life: Life = lifeAt(Date.now()),
): Promise<string> {
  const isServer = identity.kind !== 'host';
  const names: x509.JsonGeneralNames = [{ type: 'url', value: spiffeIdOf(identity) }];
  if (isServer) names.push({ type: 'dns', value: `byo-${identity.kind}` });
  const certificate = await x509.X509CertificateGenerator.create({
    publicKey,
    subject: 'CN=x',
    issuer: by.certificate.subjectName,
    signingKey: by.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    ...datesOf(life),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[isServer ? 'serverAuth' : 'clientAuth']]),
      new x509.SubjectAlternativeNameExtension(names),
    ],
  });
  return certificate.toString('pem');
}

/** Certificate chain and key of a server, PEM. */
export async function createServerPair(
  by: Authority,
  kind: 'gateway' | 'controller' = 'gateway',
  life: Life = lifeAt(Date.now()),
) {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const leaf = await certify(by, { kind, installation: by.installation }, keys.publicKey, life);
  return { cert: `${leaf}\n${by.pem}`, key: await exportPKCS8(keys.privateKey) };
}

export function importPublic({ crv, x, y }: JWK): Promise<CryptoKey> {
  const jwk = { kty: 'EC', crv: crv ?? '', x: x ?? '', y: y ?? '' };
  return crypto.subtle.importKey('jwk', jwk, ALGORITHM, true, ['verify']);
}

/** A day from `at` on, and a little before. */
export function lifeAt(at: number): Life {
  return { notBefore: at - 300_000, notAfter: at + DAY };
}

function datesOf({ notBefore, notAfter }: Life): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(notBefore), notAfter: new Date(notAfter) };
}
