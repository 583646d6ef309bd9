// Enrollment requests that no agent would make, each with a right token unless it says otherwise.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { CompactSign, importJWK, type JWK } from 'jose';
import { macOf, parseToken } from '../../common/enrollment/token.ts';
import { parsePublicJwk } from '../../common/keys/jwk.ts';
import { makeKeys, type Keys } from './light-host.ts';

/** `keys`: what the request was made with, for the answer if there is one. */
export type Hostile = { what: string; request: string; keys: Keys };

type Header = Record<string, unknown>;
type Bend = { header?: Header; payload?: Header; mac?: string };

const TYPE = 'byo-enrol+jws';

/** An honest payload and header of these keys. */
async function partsOf(token: string, keys: Keys): Promise<{ header: Header; payload: Header }> {
  const { namespace, enrollment, macKey } = parseToken(token);
  const mac = macOf(macKey, { namespace, enrollment, tlsKey: keys.tls.id, sealingKey: keys.sealing.id });
  const { kid: _s, ...sealingKey } = await parsePublicJwk(JSON.stringify(keys.sealing.publicJwk));
  const { kid: _t, ...jwk } = await parsePublicJwk(JSON.stringify(keys.tls.publicJwk));
  const payload = { namespace, enrollment, sealingKey, hostname: 'evil-wish', mac };
  return { header: { alg: 'ES256', typ: TYPE, jwk }, payload };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

async function sign(payload: string, header: Header, key: JWK): Promise<string> {
  const imported = await importJWK(key, 'ES256');
  const { alg: _, ...rest } = header;
  return new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: 'ES256', ...rest }).sign(imported);
}

/** Bent before it is signed, so that the signature is right. */
async function bent(token: string, { header = {}, payload = {} }: Bend): Promise<Omit<Hostile, 'what'>> {
  const keys = await makeKeys();
  const honest = await partsOf(token, keys);
  const text = JSON.stringify({ ...honest.payload, hostname: 'host', ...payload });
  return { keys, request: await sign(text, { ...honest.header, ...header }, keys.tls.privateJwk) };
}

const KINDS: [string, string, () => { privateKey: KeyObject; publicKey: KeyObject }][] = [
  ['P-384', 'ES384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['P-521', 'ES512', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
  ['RSA', 'RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['Ed25519', 'EdDSA', () => generateKeyPairSync('ed25519')],
];

/** Well signed, by a key that is none of ours. */
async function foreignKind(token: string, [what, alg, make]: (typeof KINDS)[number]): Promise<Hostile> {
  const { privateKey, publicKey } = make();
  const keys = await makeKeys();
  const { header, payload } = await partsOf(token, keys);
  const own = { ...header, alg, jwk: publicKey.export({ format: 'jwk' }) };
  const signer = new CompactSign(Buffer.from(JSON.stringify(payload))).setProtectedHeader(own);
  return { what, keys, request: await signer.sign(privateKey) };
}

/** A header over a signature by the right key for another header. */
async function unsigned(token: string, what: string, header: Header): Promise<Hostile> {
  const keys = await makeKeys();
  const honest = await partsOf(token, keys);
  const signed = await sign(JSON.stringify(honest.payload), honest.header, keys.tls.privateJwk);
  const [, payload, signature] = signed.split('.');
  return { what, keys, request: [encode({ ...honest.header, ...header }), payload, signature].join('.') };
}

/** All must be refused. */
export async function hostileRequests(token: string): Promise<Hostile[]> {
  const kinds = await Promise.all(KINDS.map((kind) => foreignKind(token, kind)));
  const { publicJwk } = (await makeKeys()).sealing;
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' });
  const { x } = publicJwk;
  const bends: [string, Bend][] = [
    ['another type of message', { header: { typ: 'byo-renew+jws' } }],
    ['a sealing key on P-384', { payload: { sealingKey: p384 } }],
    ['a sealing key that the MAC does not cover', { payload: { sealingKey: publicJwk } }],
    ['a sealing key off the curve', { payload: { sealingKey: { kty: 'EC', crv: 'P-256', x, y: x } } }],
    ['a MAC of zeros', { payload: { mac: 'A'.repeat(43) } }],
    ['a short MAC', { payload: { mac: 'AAAA' } }],
    ['a path as namespace', { payload: { namespace: '../kube-system' } }],
    ['another namespace', { payload: { namespace: 'kube-system' } }],
    ['a path as enrollment', { payload: { enrollment: '../../secrets/byo-ca' } }],
    ['a hostname that is a list', { payload: { hostname: ['a'] } }],
    ['a hostname of 300 letters', { payload: { hostname: 'a'.repeat(300) } }],
    ['20 kB', { payload: { more: 'x'.repeat(20_000) } }],
  ];
  const signed = bends.map(async ([what, bend]) => ({ what, ...(await bent(token, bend)) }));
  const others = [
    unsigned(token, 'no algorithm', { alg: 'none' }),
    unsigned(token, 'the public key as a secret', { alg: 'HS256' }),
    unsigned(token, 'the key of another', { jwk: publicJwk }),
    unsigned(token, 'no key', { jwk: undefined }),
    unsigned(token, 'a critical extension', { crit: ['b64'], b64: false }),
  ];
  return [...kinds, ...(await Promise.all([...signed, ...others]))];
}

/** All are granted, and none of the wishes. `hostID` is that of another host. */
export async function wishfulRequests(token: string, hostID: string): Promise<Hostile[]> {
  const subject = { subject: 'O=system:masters,CN=evil', commonName: 'evil', organizations: ['system:masters'] };
  const wishes: [string, Bend][] = [
    ['the id of another', { payload: { hostID, name: 'evil', id: hostID } }],
    ['another subject', { payload: subject }],
    ['to be a CA', { payload: { ca: true, basicConstraints: { ca: true }, keyUsage: ['keyCertSign'] } }],
    [
      'more names',
      { payload: { subjectAltName: [`URI:spiffe://evil/host/${hostID}`, 'DNS:byo-gateway'], san: ['evil'] } },
    ],
    ['a long life', { payload: { notAfter: '2099-01-01T00:00:00Z', ttl: '100y' } }],
    [
      'labels and a claim',
      { payload: { labels: { evil: 'true' }, spec: { claim: { name: 'evil' } }, failureDomain: 'evil' } },
    ],
    ['a certificate in the header', { header: { x5c: ['evil'], kid: hostID, jku: 'https://evil.example/keys' } }],
    ['a prototype', { payload: JSON.parse('{"__proto__":{"hostID":"evil"},"constructor":{"name":"evil"}}') }],
    ['a subject as hostname', { payload: { hostname: `${hostID}/O=system:masters` } }],
  ];
  return Promise.all(wishes.map(async ([what, bend]) => ({ what, ...(await bent(token, bend)) })));
}

/** One that asks for more, under the name that the host gives itself. */
export async function requestWith(token: string, payload: Header): Promise<Hostile> {
  return { what: Object.keys(payload).join(), ...(await bent(token, { payload })) };
}

/** An honest one, to have something to wish for. */
export async function honestRequest(token: string): Promise<Hostile> {
  return { what: 'nothing more', ...(await bent(token, {})) };
}
