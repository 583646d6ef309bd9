// Certificates of hosts, gateways and the controller: every field is built here from what we know, none is ever copied.
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { SERVER_NAMES } from '../../api/gateway.ts';
import { spiffeIdOf, type Identity } from '../keys/identity.ts';
import type { PublicJwk } from '../keys/jwk.ts';
import { ALGORITHM, BACKDATE_MS, exportKey, pemOf, type Authority, type PemPair } from './authority.ts';

const HOUR_MS = 3600 * 1000;

/** How long each certificate is good for. The controller's is its own process's and is made anew well before. */
const LIFETIMES_MS = { host: 24 * HOUR_MS, gateway: 30 * 24 * HOUR_MS, controller: 7 * 24 * HOUR_MS } as const;

const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;

type Whom = { installation: string; now: Date };

/** A client certificate of 24 hours in PEM; of the host's own words it holds nothing but the P-256 public key. */
export async function issueHostCertificate(
  authority: Authority,
  { installation, hostID, tlsKey, now }: Whom & { hostID: string; tlsKey: PublicJwk },
): Promise<string> {
  const { kty, crv, x, y } = tlsKey;
  const publicKey = await crypto.subtle.importKey('jwk', { kty, crv, x, y }, ALGORITHM, true, ['verify']);
  const identity = { kind: 'host', installation, hostID } as const;
  return sign(authority, { publicKey, identity, commonName: hostID, usages: [clientAuth], now });
}

/** A new key and its certificate of 30 days: a server to hosts, a client to the controller. */
export function issueGatewayCertificate(authority: Authority, whom: Whom): Promise<PemPair> {
  return issueServer(authority, 'gateway', { ...whom, usages: [serverAuth, clientAuth] });
}

/** A new key and its certificate of seven days, for the server that gateways ask. */
export function issueControllerCertificate(authority: Authority, whom: Whom): Promise<PemPair> {
  return issueServer(authority, 'controller', { ...whom, usages: [serverAuth] });
}

async function issueServer(
  authority: Authority,
  kind: 'gateway' | 'controller',
  { installation, usages, now }: Whom & { usages: string[] },
): Promise<PemPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const identity = { kind, installation };
  const what = { publicKey: keys.publicKey, identity, commonName: SERVER_NAMES[kind], usages, now };
  return { certificate: await sign(authority, what), key: await exportKey(keys.privateKey) };
}

type Certificate = {
  publicKey: webcrypto.CryptoKey;
  identity: Identity;
  commonName: string;
  usages: string[];
  now: Date;
};

async function sign(
  authority: Authority,
  { publicKey, identity, commonName, usages, now }: Certificate,
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create({
    publicKey,
    subject: [{ CN: [commonName] }],
    issuer: authority.certificate.subjectName,
    signingKey: authority.signingKey,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(now.getTime() + LIFETIMES_MS[identity.kind]),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
      new x509.SubjectAlternativeNameExtension(namesOf(identity)),
    ],
  });
  return pemOf(certificate);
}

/** Exactly one URI; servers also bear the one name by which their clients look for them. */
function namesOf(identity: Identity): { type: 'url' | 'dns'; value: string }[] {
  const uri = { type: 'url' as const, value: spiffeIdOf(identity) };
  return identity.kind === 'host' ? [uri] : [{ type: 'dns', value: SERVER_NAMES[identity.kind] }, uri];
}
