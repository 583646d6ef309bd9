// Task tokens, sealed to the host that was given the task: Temporal's own are plain protobuf that anybody may write.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { ByoError } from '../../common/errors.ts';

/** 32 bytes each, from the Secret of the gateways, so that all of them open what one has sealed. */
export type TokenKeys = { current: Buffer; previous?: Buffer };

const VERSION = 1;
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;
const KEY_BYTES = 32;
const ALGORITHM = 'aes-256-gcm';

/**
 * version (1) | key id (8) | nonce (12) | ciphertext | tag (16), AES-256-GCM with the host id as associated data.
 * @throws ByoError `Untrusted` when the key has the wrong length
 */
export function sealToken(token: Uint8Array, hostID: string, keys: TokenKeys): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, usable(keys.current), nonce);
  cipher.setAAD(Buffer.from(hostID));
  const sealed = Buffer.concat([cipher.update(token), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), keyIdOf(keys.current), nonce, sealed, cipher.getAuthTag()]);
}

/** The token, or undefined unless one of our keys sealed it for this very host. */
export function openToken(sealed: Uint8Array, hostID: string, keys: TokenKeys): Buffer | undefined {
  const bytes = Buffer.from(sealed);
  if (bytes.length < HEADER_BYTES + TAG_BYTES || bytes[0] !== VERSION) return undefined;
  const key = keyOf(bytes.subarray(1, 1 + KEY_ID_BYTES), keys);
  if (!key) return undefined;
  const nonce = bytes.subarray(1 + KEY_ID_BYTES, HEADER_BYTES);
  const decipher = createDecipheriv(ALGORITHM, usable(key), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(hostID));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const token = decipher.update(bytes.subarray(HEADER_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([token, decipher.final()]);
  } catch {
    // The one way in which Node says that the tag does not fit.
    return undefined;
  }
}

function keyOf(id: Buffer, { current, previous }: TokenKeys): Buffer | undefined {
  return [current, previous].find((key) => key !== undefined && keyIdOf(key).equals(id));
}

function keyIdOf(key: Buffer): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, KEY_ID_BYTES);
}

function usable(key: Buffer): Buffer {
  if (key.length === KEY_BYTES) return key;
  throw new ByoError('Untrusted', `the key for task tokens has ${key.length} bytes instead of ${KEY_BYTES}`, {
    remedy: 'Delete the Secret byo-system/byo-gateway: the controller makes it anew',
    retryable: true,
  });
}
