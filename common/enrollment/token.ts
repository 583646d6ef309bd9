// The enrollment token: shown once, never stored, never sent. What is kept is a key derived from it, what travels is a MAC.
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** Bits of the secret: 256, so that nothing but the token itself finds its key. */
const SECRET_BYTES = 32;
const PATTERN = /^byo1:([a-z0-9]([-a-z0-9]*[a-z0-9])?)\/([a-z0-9]([-a-z0-9.]*[a-z0-9])?):([A-Za-z0-9_-]{43})$/;

/** A token taken apart. `macKey` (32 bytes) proves it; it cannot be turned back into the token. */
export type Token = { namespace: string; enrollment: string; macKey: Buffer };

/** A new token for an enrollment, `byo1:<namespace>/<name>:<secret>`, and what to keep of it. */
export function createToken(namespace: string, enrollment: string): { text: string; macKey: Buffer } {
  const secret = randomBytes(SECRET_BYTES);
  const text = `byo1:${namespace}/${enrollment}:${secret.toString('base64url')}`;
  return { text, macKey: deriveMacKey(secret) };
}

/** @throws Error that does not quote the text, when it is no token */
export function parseToken(text: string): Token {
  const match = PATTERN.exec(text.trim());
  if (!match)
    throw new Error('this is not an enrollment token (byo1:NAMESPACE/NAME:SECRET); make one with `byo enroll create`');
  const [, namespace = '', , enrollment = '', , secret = ''] = match;
  return { namespace, enrollment, macKey: deriveMacKey(Buffer.from(secret, 'base64url')) };
}

/** What a MAC is over: the enrollment and the RFC 7638 thumbprints of both keys. */
export type Proven = { namespace: string; enrollment: string; tlsKey: string; sealingKey: string };

/** base64url HMAC-SHA256 (RFC 2104); every field carries its length, so that no two requests have the same text. */
export function macOf(macKey: Buffer, proven: Proven): string {
  const { namespace, enrollment, tlsKey, sealingKey } = proven;
  const text = ['byo-enrol/1', namespace, enrollment, tlsKey, sealingKey]
    .map((part) => `${part.length}:${part}`)
    .join('');
  return createHmac('sha256', macKey).update(text).digest('base64url');
}

/** Compares in constant time. */
export function isMacOf(mac: string, macKey: Buffer, proven: Proven): boolean {
  const wanted = Buffer.from(macOf(macKey, proven), 'base64url');
  const given = Buffer.from(mac, 'base64url');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function deriveMacKey(secret: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'byo-enrol/1 mac', 32));
}
