// A CA and the certificates of the contract's profile, for tests of the gateway.
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { spiffeIdOf, type Identity } from '../../../common/keys/identity.ts';
import { SERVER_NAMES } from '../../../api/gateway.ts';

/** PEM texts; the key is PKCS#8. */
export type Certified = { certificate: string; key: string };
export type TestAuthority = { certificate: string; issue(identity: Identity): Promise<Certified> };

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const validity = () => ({
  notBefore: new Date(Date.now() - 5 * 60_000),
  notAfter: new Date(Date.now() + 24 * 3600_000),
});

/** ECDSA P-256, as the controller makes it. */
export async function createTestAuthority(): Promise<TestAuthority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    name: [{ CN: ['byo test'] }],
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    certificate: certificate.toString('pem'),
    issue: (identity) => issue(identity, certificate, keys.privateKey),
  };
}

async function issue(
  identity: Identity,
  authority: x509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
): Promise<Certified> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
  const isHost = identity.kind === 'host';
  const uri = { type: 'url', value: spiffeIdOf(identity) } as const;
  const dns = { type: 'dns', value: isHost ? '' : SERVER_NAMES[identity.kind] } as const;
  const certificate = await x509.X509CertificateGenerator.create({
    publicKey: keys.publicKey,
    subject: [{ CN: [isHost ? identity.hostID : SERVER_NAMES[identity.kind]] }],
    issuer: authority.subjectName,
    signingKey,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(isHost ? [clientAuth] : [serverAuth, clientAuth]),
      new x509.SubjectAlternativeNameExtension(isHost ? [uri] : [dns, uri]),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}
