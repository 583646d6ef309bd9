// Certificates as the controller gives them (24 h for a host, one URI in the SAN), and as it never would.
import 'reflect-metadata';
import { randomBytes, X509Certificate as NodeCertificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { calculateJwkThumbprint } from 'jose';
import { z } from 'zod';
import { SERVER_NAMES } from '../../../api/gateway.ts';
import { spiffeIdOf, type Identity } from '../../../common/keys/identity.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;

/** PEM texts, and the RFC 7638 thumbprint of the key. */
export type Holder = { cert: string; key: string; keyID: string };

export type Authority = { pem: string; issue: (identity: Identity, change?: { endsAt?: Date }) => Promise<Holder> };

export async function createAuthority(): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    keys,
    name: [{ CN: ['test CA'] }],
    signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  return {
    pem: ca.toString('pem'),
    issue: async (identity, { endsAt = new Date(Date.now() + 24 * 3600_000) } = {}) => {
      const own = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const certificate = await x509.X509CertificateGenerator.create({
        publicKey: own.publicKey,
        serialNumber: randomBytes(16).toString('hex'),
        subject: [{ CN: [identity.kind === 'host' ? identity.hostID : SERVER_NAMES[identity.kind]] }],
        issuer: ca.subjectName,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        notBefore: new Date(Date.now() - 5 * 60_000),
        notAfter: endsAt,
        extensions: extensionsOf(identity),
      });
      const key = await crypto.subtle.exportKey('pkcs8', own.privateKey);
      const cert = certificate.toString('pem');
      return { cert, key: x509.PemConverter.encode(key, 'PRIVATE KEY'), keyID: await thumbprintOf(cert) };
    },
  };
}

function extensionsOf(identity: Identity): x509.Extension[] {
  const uri = { type: 'url' as const, value: spiffeIdOf(identity) };
  const names = identity.kind === 'host' ? [] : [{ type: 'dns' as const, value: SERVER_NAMES[identity.kind] }];
  const usages = { host: [clientAuth], gateway: [serverAuth, clientAuth], controller: [serverAuth] };
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension(usages[identity.kind]),
    new x509.SubjectAlternativeNameExtension([...names, uri]),
  ];
}

const Jwk = z.object({ kty: z.string(), crv: z.string(), x: z.string(), y: z.string() });

function thumbprintOf(cert: string): Promise<string> {
  return calculateJwkThumbprint(Jwk.parse(new NodeCertificate(cert).publicKey.export({ format: 'jwk' })));
}
