// Sealed orders: signed by the controller (JWS, ES256), then encrypted to the host (JWE, ECDH-ES+A256KW / A256GCM).
// Nobody between the two, Temporal included, can read or forge one (RFC 7515, RFC 7516, RFC 7638). Packed, the payload is
// compressed, and inflated once its signature is verified; both lie as bytes behind their headers.
import {
  CompactEncrypt,
  CompactSign,
  calculateJwkThumbprint,
  compactDecrypt,
  compactVerify,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CompactVerifyResult,
  type JWK,
} from 'jose';
import { Order, type PackedOrder, type SealedOrder } from '../../api/orders.ts';
import { ByoError } from '../errors.ts';
import { attach, CIPHERTEXT, detach, PAYLOAD } from './detached.ts';
import { packOrder, unpackOrder } from './packed-order.ts';

const SIGNATURE = 'ES256';
const KEY_AGREEMENT = 'ECDH-ES+A256KW';
const ENCRYPTION = 'A256GCM';
/** Content type of a payload that is packed; without one it is JSON. */
const PACKED = 'byo-packed-order';

/** Text as agents of every protocol open it, or packed bytes. */
export type Sealed = SealedOrder['sealed'] | PackedOrder['sealed'];
type Verified = Pick<CompactVerifyResult, 'payload' | 'protectedHeader'>;

export type KeyPair = { id: string; publicJwk: JWK; privateJwk: JWK };

/** A new P-256 key pair; `id` is the thumbprint of the public key and its `kid`. */
export async function createKeyPair(use: 'signing' | 'sealing'): Promise<KeyPair> {
  const algorithm = use === 'signing' ? SIGNATURE : KEY_AGREEMENT;
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true, crv: 'P-256' });
  const publicJwk = await exportJWK(publicKey);
  const id = await calculateJwkThumbprint(publicJwk);
  return { id, publicJwk: { ...publicJwk, kid: id }, privateJwk: { ...(await exportJWK(privateKey)), kid: id } };
}

type SealKeys = { signing: JWK; recipient: JWK };

/** Signs the order with the controller's key and encrypts it to the host's; answers a compact JWE. */
export async function sealOrder(order: Order, { signing, recipient }: SealKeys): Promise<string> {
  const payload = Buffer.from(JSON.stringify(Order.parse(order)));
  return encrypt(Buffer.from(await sign(payload, signing)), recipient);
}

/** The same in a quarter of the bytes of a large order, for agents of protocol `PACKED_ORDERS` or later. */
export async function sealPacked(order: Order, { signing, recipient }: SealKeys): Promise<Uint8Array> {
  const signed = await sign(await packOrder(Order.parse(order)), signing, { cty: PACKED });
  return detach(await encrypt(detach(signed, PAYLOAD), recipient), CIPHERTEXT);
}

async function sign(payload: Uint8Array, signing: JWK, header: { cty?: string } = {}): Promise<string> {
  return new CompactSign(payload)
    .setProtectedHeader({ alg: SIGNATURE, kid: signing.kid ?? '', ...header })
    .sign(await importJWK(signing, SIGNATURE));
}

async function encrypt(plaintext: Uint8Array, recipient: JWK): Promise<string> {
  return new CompactEncrypt(plaintext)
    .setProtectedHeader({ alg: KEY_AGREEMENT, enc: ENCRYPTION, kid: recipient.kid ?? '' })
    .encrypt(await importJWK(recipient, KEY_AGREEMENT));
}

/**
 * Decrypts with the host's key, verifies against the trusted signers, checks the shape.
 * Throws ByoError `Reseal` (retryable by sealing anew) for an unknown key, `InvalidOrder` for everything forged or bent.
 */
export async function openOrder(sealed: Sealed, keys: { host: JWK; trusted: JWK[] }): Promise<Order> {
  const signed = attach(await decrypt(compactOf(sealed), keys.host), PAYLOAD);
  const parsed = Order.safeParse(await read(await verify(signed, keys.trusted)));
  if (!parsed.success) throw invalid(`the order has an unknown shape (${parsed.error.issues[0]?.path.join('.')})`);
  return parsed.data;
}

/** Id of the key that an order is sealed to, as its header says; undefined when it says none. */
export function recipientOf(sealed: Sealed): string | undefined {
  try {
    return decodeProtectedHeader(compactOf(sealed)).kid;
  } catch {
    // Bent: opening it says so.
    return undefined;
  }
}

function compactOf(sealed: Sealed): string {
  return typeof sealed === 'string' ? sealed : attach(sealed, CIPHERTEXT);
}

async function decrypt(sealed: string, host: JWK): Promise<Uint8Array> {
  try {
    const { plaintext } = await compactDecrypt(sealed, await importJWK(host, KEY_AGREEMENT), {
      keyManagementAlgorithms: [KEY_AGREEMENT],
      contentEncryptionAlgorithms: [ENCRYPTION],
      // Whoever knows the host's public key can encrypt: nothing of his is inflated before his signature is verified.
      maxDecompressedLength: 0,
    });
    return plaintext;
  } catch (cause) {
    // The library does not say whether the key or the bytes were wrong, and it must not: both are cured by a new seal.
    throw new ByoError('Reseal', 'the order is not sealed to this host’s present key', {
      remedy: 'The controller seals it anew; nothing needs doing',
      retryable: false,
      cause,
    });
  }
}

async function verify(signed: string, trusted: JWK[]): Promise<Verified> {
  for (const jwk of trusted) {
    try {
      return await compactVerify(signed, await importJWK(jwk, SIGNATURE), { algorithms: [SIGNATURE] });
    } catch {
      // Not signed by this key: the next trusted one (current + next) may match; none left is the error below.
    }
  }
  throw invalid('the order is not signed by a controller this host trusts');
}

/** What the signer signed, in the form that his header says. @throws ByoError `InvalidOrder` */
async function read({ payload, protectedHeader }: Verified): Promise<unknown> {
  try {
    return protectedHeader.cty === PACKED ? await unpackOrder(payload) : JSON.parse(Buffer.from(payload).toString());
  } catch {
    // Errors of parsers quote what they could not read, and that may be a secret.
    throw invalid('the order is not in a form that this agent reads');
  }
}

function invalid(message: string): ByoError {
  return new ByoError('InvalidOrder', message, {
    remedy: 'Check that the host trusts the signing key of this management cluster',
    retryable: false,
  });
}
