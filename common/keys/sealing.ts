// Sealed orders: signed by the controller (JWS, ES256), then encrypted to the host (JWE, ECDH-ES+A256KW / A256GCM).
// Nobody between the two, Temporal included, can read or forge one (RFC 7515, RFC 7516, RFC 7638).
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
  type JWK,
} from 'jose';
import { Order } from '../../api/orders.ts';
import { ByoError } from '../errors.ts';

const SIGNATURE = 'ES256';
const KEY_AGREEMENT = 'ECDH-ES+A256KW';
const ENCRYPTION = 'A256GCM';

export type KeyPair = { id: string; publicJwk: JWK; privateJwk: JWK };

/** A new P-256 key pair; `id` is the thumbprint of the public key and its `kid`. */
export async function createKeyPair(use: 'signing' | 'sealing'): Promise<KeyPair> {
  const algorithm = use === 'signing' ? SIGNATURE : KEY_AGREEMENT;
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true, crv: 'P-256' });
  const publicJwk = await exportJWK(publicKey);
  const id = await calculateJwkThumbprint(publicJwk);
  return { id, publicJwk: { ...publicJwk, kid: id }, privateJwk: { ...(await exportJWK(privateKey)), kid: id } };
}

/** Signs the order with the controller's key and encrypts it to the host's; answers a compact JWE. */
export async function sealOrder(order: Order, keys: { signing: JWK; recipient: JWK }): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(Order.parse(order)));
  const signed = await new CompactSign(payload)
    .setProtectedHeader({ alg: SIGNATURE, kid: keys.signing.kid ?? '' })
    .sign(await importJWK(keys.signing, SIGNATURE));
  return new CompactEncrypt(new TextEncoder().encode(signed))
    .setProtectedHeader({ alg: KEY_AGREEMENT, enc: ENCRYPTION, kid: keys.recipient.kid ?? '' })
    .encrypt(await importJWK(keys.recipient, KEY_AGREEMENT));
}

/**
 * Decrypts with the host's key, verifies against the trusted signers, checks the shape.
 * Throws ByoError `Reseal` (retryable by sealing anew) for an unknown key, `InvalidOrder` for everything forged or bent.
 */
export async function openOrder(sealed: string, keys: { host: JWK; trusted: JWK[] }): Promise<Order> {
  const signed = await decrypt(sealed, keys.host);
  const payload = await verify(signed, keys.trusted);
  const parsed = Order.safeParse(JSON.parse(payload));
  if (!parsed.success) throw invalid(`the order has an unknown shape (${parsed.error.issues[0]?.path.join('.')})`);
  return parsed.data;
}

/** Id of the key that an order is sealed to, as its header says; undefined when it says none. */
export function recipientOf(sealed: string): string | undefined {
  try {
    return decodeProtectedHeader(sealed).kid;
  } catch {
    // Bent: opening it says so.
    return undefined;
  }
}

async function decrypt(sealed: string, host: JWK): Promise<string> {
  try {
    const { plaintext } = await compactDecrypt(sealed, await importJWK(host, KEY_AGREEMENT), {
      keyManagementAlgorithms: [KEY_AGREEMENT],
      contentEncryptionAlgorithms: [ENCRYPTION],
    });
    return new TextDecoder().decode(plaintext);
  } catch (cause) {
    // The library does not say whether the key or the bytes were wrong, and it must not: both are cured by a new seal.
    throw new ByoError('Reseal', 'the order is not sealed to this host’s present key', {
      remedy: 'The controller seals it anew; nothing needs doing',
      retryable: false,
      cause,
    });
  }
}

async function verify(signed: string, trusted: JWK[]): Promise<string> {
  for (const jwk of trusted) {
    try {
      const { payload } = await compactVerify(signed, await importJWK(jwk, SIGNATURE), { algorithms: [SIGNATURE] });
      return new TextDecoder().decode(payload);
    } catch {
      // Not signed by this key: the next trusted one (current + next) may match; none left is the error below.
    }
  }
  throw invalid('the order is not signed by a controller this host trusts');
}

function invalid(message: string): ByoError {
  return new ByoError('InvalidOrder', message, {
    remedy: 'Check that the host trusts the signing key of this management cluster',
    retryable: false,
  });
}
