// Ground for enrollment on a real API server: an enrollment as the command line makes it, a gateway, and hosts with keys.
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { X509Certificate } from 'node:crypto';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import { z } from 'zod';
import type { ByoHost } from '../../../api/byo-host.ts';
import { GATEWAY_PATHS, SERVER_NAMES, type EnrollRequest, type IdentityAnswer } from '../../../api/gateway.ts';
import {
  ENROLLMENT_SECRET_KEY,
  ENROLLMENT_SECRET_TYPE,
  enrollmentSecretOf,
  GATEWAY_SECRET,
  GATEWAY_SECRET_KEYS,
  SYSTEM_NAMESPACE,
} from '../../../api/names.ts';
import { openAnswer, signRequest } from '../../../common/enrollment/messages.ts';
import { createToken, macOf } from '../../../common/enrollment/token.ts';
import { parsePublicJwk } from '../../../common/keys/jwk.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { createLogger } from '../../../common/log.ts';
import { BYO_HOST_ENROLLMENTS, SECRETS } from '../../../common/kube/resources.ts';
import { createKeyPair, type KeyPair } from '../../../common/keys/sealing.ts';
import { runEnrollment, type Enrollment } from '../../../controller/enrollment/run-enrollment.ts';
import { admin, ours } from './fixtures.ts';

export const MANAGEMENT = '7d8a3c4e-0000-4000-8000-000000000001';
const HOUR_MS = 3600_000;

/** A controller's enrollment with our own rights; `findHosts` is what its caches know. */
export async function startEnrollment(
  findHosts: (hostID: string) => ByoHost[] = () => [],
  clock: () => Date = () => new Date(),
  kube: Kube = ours(),
): Promise<Enrollment & AsyncDisposable> {
  const signers = [await parsePublicJwk(JSON.stringify((await createKeyPair('signing')).publicJwk))];
  const log = createLogger('test', process.env.BYO_TEST_LOG ?? 'silent');
  const listen = { host: '127.0.0.1', port: 0 };
  const enrollment = await runEnrollment({ kube, management: MANAGEMENT, signers, findHosts, log, listen, clock });
  return { ...enrollment, [Symbol.asyncDispose]: enrollment.stop };
}

/**
 * Clients of several controllers that all answer their first read of an enrollment once each of them has read it: what
 * comes about then by chance, once in a thousand floods, comes about each time.
 */
export function readTogether(controllers: number): Kube[] {
  const { promise: all, resolve } = Promise.withResolvers<void>();
  let read = 0;
  return Array.from({ length: controllers }, () => {
    const kube = ours();
    const find: Kube['find'] = async (resource, key) => {
      const found = await kube.find(resource, key);
      if (resource.kind !== BYO_HOST_ENROLLMENTS.kind) return found;
      read += 1;
      if (read === controllers) resolve();
      await all;
      return found;
    };
    return { ...kube, find };
  });
}

export type HostKeys = { tls: KeyPair; sealing: KeyPair };

export async function makeKeys(): Promise<HostKeys> {
  return { tls: await createKeyPair('signing'), sealing: await createKeyPair('sealing') };
}

/** An enrollment and its Secret; answers the key that proves its token. */
export async function createEnrollment(
  namespace: string,
  name: string,
  { spec = {}, type = ENROLLMENT_SECRET_TYPE }: { spec?: Record<string, unknown>; type?: string } = {},
): Promise<Buffer> {
  const { macKey } = createToken(namespace, name);
  const expiresAt = new Date(Date.now() + HOUR_MS).toISOString();
  await admin.create(
    BYO_HOST_ENROLLMENTS,
    { metadata: { namespace, name }, spec: { hosts: 1, expiresAt, ...spec } },
    namespace,
  );
  const stringData = { [ENROLLMENT_SECRET_KEY]: macKey.toString('base64url') };
  await admin.create(SECRETS, { metadata: { namespace, name: enrollmentSecretOf(name) }, type, stringData }, namespace);
  return macKey;
}

/** The request of a host, as its agent signs it. */
export async function requestOf(
  keys: HostKeys,
  macKey: Buffer,
  {
    namespace,
    enrollment,
    hostname = 'till-7',
  }: Pick<EnrollRequest, 'namespace' | 'enrollment'> & { hostname?: string },
): Promise<string> {
  const mac = macOf(macKey, { namespace, enrollment, tlsKey: keys.tls.id, sealingKey: keys.sealing.id });
  const { kid: _, ...sealingKey } = await parsePublicJwk(JSON.stringify(keys.sealing.publicJwk));
  return signRequest('enroll', { namespace, enrollment, sealingKey, hostname, mac }, keys.tls.privateJwk);
}

export type Said = { status: number; text: string };

/** Brings a request to the controller as the gateway does, or with other TLS options. */
export async function bring(
  { port }: Enrollment,
  path: keyof typeof GATEWAY_PATHS,
  { request, body, tls }: { request?: string; body?: string; tls?: RequestOptions },
): Promise<Said> {
  const options = tls ?? (await gatewayTls());
  return new Promise((resolve, reject) => {
    const target = { host: '127.0.0.1', port, path: GATEWAY_PATHS[path], method: 'POST', agent: false };
    const outgoing = httpsRequest({ ...options, ...target, servername: SERVER_NAMES.controller }, (response) => {
      response.setEncoding('utf8');
      let text = '';
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body ?? JSON.stringify({ request }));
  });
}

/** What a gateway takes from its Secret. */
export async function gatewayTls(): Promise<{ cert: string; key: string; ca: string }> {
  const secret = await admin.get(SECRETS, { namespace: SYSTEM_NAMESPACE, name: GATEWAY_SECRET });
  const read = (key: string) => Buffer.from(secret.data[key] ?? '', 'base64').toString('utf8');
  const { certificate, key, authorities } = GATEWAY_SECRET_KEYS;
  return { cert: read(certificate), key: read(key), ca: read(authorities) };
}

/** The answer, checked as a host checks it. */
export async function open(enrollment: Enrollment, said: Said, request: string): Promise<IdentityAnswer> {
  const { answer } = z.object({ answer: z.string() }).parse(JSON.parse(said.text));
  return openAnswer(answer, request, await caKeyOf(enrollment));
}

async function caKeyOf({ authorities }: Enrollment): Promise<CryptoKey> {
  const jwk: JWK = new X509Certificate(authorities.current.pem).publicKey.export({ format: 'jwk' });
  const key = await importJWK(jwk, 'ES256');
  if (key instanceof Uint8Array) throw new Error('not a public key');
  return key;
}

/** A host with its keys, enrolled by an enrollment of its own. */
export async function enrollOne(enrollment: Enrollment, namespace: string, name = 'e') {
  const macKey = await createEnrollment(namespace, name);
  const keys = await makeKeys();
  const request = await requestOf(keys, macKey, { namespace, enrollment: name });
  return { keys, request, identity: await open(enrollment, await bring(enrollment, 'enroll', { request }), request) };
}
