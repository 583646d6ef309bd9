// A host without a machine: it enrolls as the agent does and then says whatever a test wants, honest or not.
import { X509Certificate, createPrivateKey, randomInt } from 'node:crypto';
import { request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { GATEWAY_PATHS, SERVER_NAMES, SignedAnswer, type IdentityAnswer } from '../../api/gateway.ts';
import { macOf, parseToken } from '../../common/enrollment/token.ts';
import { openAnswer, signRequest } from '../../common/enrollment/messages.ts';
import { parsePublicJwk } from '../../common/keys/jwk.ts';
import { createKeyPair, type KeyPair } from '../../common/keys/sealing.ts';
import type { Invitation } from '../../harness/hosts.ts';
import type { World } from './world.ts';

export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string };

/** Keys of a host before anybody knows it. */
export type Keys = { tls: KeyPair; sealing: KeyPair };

/** PEM, as node:tls takes them; without certificate and key: somebody whom nobody knows. `localAddress`: where from. */
type Credentials = { ca: string; cert?: string; key?: string; localAddress?: string };

export type LightHost = { keys: Keys; identity: IdentityAnswer; credentials: Credentials; address: string };

export async function makeKeys(): Promise<Keys> {
  return { tls: await createKeyPair('signing'), sealing: await createKeyPair('sealing') };
}

/** The body of an enrollment by these keys with this token. */
export async function enrollBody(token: string, keys: Keys, hostname = 'light'): Promise<{ request: string }> {
  const { namespace, enrollment, macKey } = parseToken(token);
  const { kid: _, ...sealingKey } = await parsePublicJwk(JSON.stringify(keys.sealing.publicJwk));
  const mac = macOf(macKey, { namespace, enrollment, tlsKey: keys.tls.id, sealingKey: keys.sealing.id });
  return {
    request: await signRequest('enroll', { namespace, enrollment, sealingKey, hostname, mac }, keys.tls.privateJwk),
  };
}

/** Enrolls at the real gateway with a token and keys that the caller brings. @throws Error with the gateway's refusal */
export async function enrollWith(
  world: World,
  invitation: Pick<Invitation, 'token'>,
  keys: Keys,
  hostname?: string,
): Promise<LightHost> {
  const stranger = await openStranger(world);
  const body = await enrollBody(invitation.token, keys, hostname);
  const answer = await call(stranger, { method: 'POST', path: GATEWAY_PATHS.enroll, body });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body}`);
  return becomeHost(stranger, keys, { request: body.request, answer: answer.body });
}

/** Somebody without a certificate, at an address of its own: each host of a fleet has one, and rates count by it. */
export async function openStranger(world: World): Promise<Pick<LightHost, 'address' | 'credentials'>> {
  const localAddress = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
  return { address: world.instance.door.listen, credentials: { ca: await readAuthorities(world), localAddress } };
}

/** The host that a stranger is after an enrollment was answered. */
export async function becomeHost(
  { address, credentials: { ca, localAddress } }: Pick<LightHost, 'address' | 'credentials'>,
  keys: Keys,
  said: { request: string; answer: string },
): Promise<LightHost> {
  const signed = SignedAnswer.parse(JSON.parse(said.answer)).answer;
  const identity = await openAnswer(signed, said.request, await keyOf(ca));
  const own = { cert: identity.certificate, key: pemOf(keys.tls.privateJwk) };
  const from = localAddress === undefined ? {} : { localAddress };
  return { keys, identity, address, credentials: { ca, ...own, ...from } };
}

/** `body` is sent as JSON; `on` is a connection that stands already. */
type Wanted = { method: string; path: string; body?: unknown; headers?: Record<string, string>; on?: TLSSocket };

/** One HTTP request on a connection of its own. */
export async function call(host: Pick<LightHost, 'address' | 'credentials'>, wanted: Wanted): Promise<Answer> {
  const [name, port] = host.address.split(':');
  const body = wanted.body === undefined ? undefined : JSON.stringify(wanted.body);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const headers = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...wanted.headers };
  const { on } = wanted;
  const dialled = on ? { createConnection: () => on } : { agent: false };
  const options = { ...host.credentials, host: name, port, servername: SERVER_NAMES.gateway, ...dialled };
  const sent = request({ ...options, method: wanted.method, path: wanted.path, headers }, (answer) => {
    const parts: Buffer[] = [];
    answer.on('data', (part: Buffer) => parts.push(part));
    answer.on('error', reject);
    const done = () =>
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts).toString() });
    answer.on('end', done);
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

/** A TLS connection to the gateway as this host, for whatever a test wants to write on it. */
export async function dial(
  host: Pick<LightHost, 'address' | 'credentials'>,
  alpn: 'h2' | 'http/1.1',
): Promise<TLSSocket> {
  const [name, port] = host.address.split(':');
  const options = { ...host.credentials, host: name, port: Number(port), servername: SERVER_NAMES.gateway };
  const socket = connect({ ...options, ALPNProtocols: [alpn] });
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  socket.once('secureConnect', () => resolve(socket));
  socket.once('error', reject);
  return promise;
}

/** Temporal's own SDK through the gateway as this host. */
export async function connectNative({ address, credentials }: LightHost): Promise<NativeConnection> {
  const { ca, cert = '', key = '' } = credentials;
  const tls: NativeConnectionOptions['tls'] = {
    serverNameOverride: SERVER_NAMES.gateway,
    serverRootCACertificate: Buffer.from(ca),
    clientCertPair: { crt: Buffer.from(cert), key: Buffer.from(key) },
  };
  return NativeConnection.connect({ address, tls });
}

async function readAuthorities({ kubectl }: World): Promise<string> {
  const map = z.object({ data: z.object({ 'ca.crt': z.string() }) });
  return map.parse(await kubectl.get(['configmap', 'byo-trust', '-n', 'byo-system'])).data['ca.crt'];
}

async function keyOf(certificate: string) {
  const jwk = new X509Certificate(certificate).publicKey.export({ format: 'jwk' });
  const key = await importJWK(jwk, 'ES256');
  if (key instanceof Uint8Array) throw new Error('not a public key');
  return key;
}

function pemOf(jwk: JWK): string {
  return String(createPrivateKey({ key: { ...jwk }, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' }));
}
