import { generateKeyPairSync } from 'node:crypto';
import { exportJWK, importJWK, type CryptoKey } from 'jose';
import { expect, test } from 'vitest';
import { parsePublicJwk } from '../keys/jwk.ts';
import { createKeyPair } from '../keys/sealing.ts';
import { hashOf, openAnswer, openEnrollRequest, openRenewRequest, signAnswer, signRequest } from './messages.ts';
import { createToken, isMacOf, macOf, parseToken } from './token.ts';

const management = '7d8a3c4e-0000-4000-8000-000000000001';
const hostID = '7d8a3c4e-0000-4000-8000-000000000002';

async function makeRequest() {
  const tls = await createKeyPair('signing');
  const sealing = await createKeyPair('sealing');
  const { macKey } = createToken('shops', 'till-7');
  const proven = { namespace: 'shops', enrollment: 'till-7', tlsKey: tls.id, sealingKey: sealing.id };
  const { kid: _, ...sealingKey } = await parsePublicJwk(JSON.stringify(sealing.publicJwk));
  const payload = { namespace: 'shops', enrollment: 'till-7', sealingKey, hostname: 'a', mac: macOf(macKey, proven) };
  return { tls, proven, macKey, payload, request: await signRequest('enroll', payload, tls.privateJwk) };
}

test('a request tells who signed it, and its MAC is by the token alone', async () => {
  const { tls, proven, macKey, request } = await makeRequest();
  const opened = await openEnrollRequest(request);
  expect(opened.tlsKey.kid).toBe(tls.id);
  expect(isMacOf(opened.payload.mac, macKey, proven)).toBe(true);
  expect(isMacOf(opened.payload.mac, createToken('shops', 'till-7').macKey, proven)).toBe(false);
  expect(isMacOf(opened.payload.mac, macKey, { ...proven, enrollment: 'till-8' })).toBe(false);
  expect(isMacOf('', macKey, proven)).toBe(false);
});

test('a request with another key in its header, or of another kind, is refused', async () => {
  const { request } = await makeRequest();
  const other = await createKeyPair('signing');
  const [header = '', payload, signature] = request.split('.');
  const { kty, crv, x, y } = other.publicJwk;
  const bent = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), jwk: { kty, crv, x, y } };
  const forged = [Buffer.from(JSON.stringify(bent)).toString('base64url'), payload, signature].join('.');
  await expect(openEnrollRequest(forged)).rejects.toThrow(/not signed/);
  await expect(openRenewRequest(request)).rejects.toThrow(/not signed/);
  await expect(openEnrollRequest('e30.e30.e30')).rejects.toThrow(/no P-256 key/);
});

test('an answer counts for its own request and by the CA key only', async () => {
  const { request } = await makeRequest();
  const ca = await makeCaKey();
  const requestHash = hashOf(request);
  const names = { management, hostID, namespace: 'shops', name: 'a' };
  const body = { requestHash, ...names, certificate: 'pem', authorities: ['pem'], signers: [{ kid: 'k' }] };
  const answer = await signAnswer(body, ca.privateKey);
  expect(await openAnswer(answer, request, ca.publicKey)).toEqual(body);
  await expect(openAnswer(answer, `${request}x`, ca.publicKey)).rejects.toThrow(/not to this request/);
  await expect(openAnswer(answer, request, (await makeCaKey()).publicKey)).rejects.toThrow(/not signed/);
});

test('a token is read as it was written, and an error does not quote it', () => {
  const { text, macKey } = createToken('shops', 'till-7');
  expect(parseToken(`${text}\n`)).toEqual({ namespace: 'shops', enrollment: 'till-7', macKey });
  expect(() => parseToken(`${text}x`)).toThrow(/not an enrollment token/);
  expect(() => parseToken(`${text}x`)).not.toThrow(text);
});

async function makeCaKey(): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const load = async (key: typeof pair.privateKey): Promise<CryptoKey> => {
    const imported = await importJWK(await exportJWK(key), 'ES256');
    if (imported instanceof Uint8Array) throw new Error('not a key pair');
    return imported;
  };
  return { privateKey: await load(pair.privateKey), publicKey: await load(pair.publicKey) };
}
