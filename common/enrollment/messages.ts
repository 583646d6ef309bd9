// Requests of a host, signed by its TLS key, and their answers, signed by the CA key (JWS, RFC 7515, ES256).
import { createHash } from 'node:crypto';
import { CompactSign, compactVerify, importJWK, type CryptoKey, type JWK } from 'jose';
import { z } from 'zod';
import { EnrollRequest, IdentityAnswer, RenewRequest } from '../../api/gateway.ts';
import { ByoError } from '../errors.ts';
import { parsePublicJwk, type PublicJwk } from '../keys/jwk.ts';

/** The `typ` of each message, so that none can be taken for another. */
const TYPES = { enroll: 'byo-enrol+jws', renew: 'byo-renew+jws', answer: 'byo-identity+jws' } as const;
const ALGORITHM = 'ES256';

type Kind = 'enroll' | 'renew';
const PAYLOADS = { enroll: EnrollRequest, renew: RenewRequest } as const;

/** A request as it was sent: its payload, the key that signed it with its RFC 7638 thumbprint as `kid`, and its hash. */
export type Opened<Payload> = { payload: Payload; tlsKey: PublicJwk; requestHash: string };

/** Signs with the TLS key (private P-256 JWK), whose public half travels in the header. */
export async function signRequest(kind: Kind, payload: EnrollRequest | RenewRequest, tlsKey: JWK): Promise<string> {
  // Parsed, the private member is gone.
  const { kid: _, ...jwk } = await parsePublicJwk(JSON.stringify(tlsKey));
  const header = { alg: ALGORITHM, typ: TYPES[kind], jwk };
  return sign(PAYLOADS[kind].parse(payload), header, await importJWK(tlsKey, ALGORITHM));
}

export async function openEnrollRequest(request: string): Promise<Opened<EnrollRequest>> {
  return openRequest('enroll', EnrollRequest, request);
}

export async function openRenewRequest(request: string): Promise<Opened<RenewRequest>> {
  return openRequest('renew', RenewRequest, request);
}

/** Signs with the CA key. */
export async function signAnswer(answer: IdentityAnswer, caKey: CryptoKey): Promise<string> {
  return sign(IdentityAnswer.parse(answer), { alg: ALGORITHM, typ: TYPES.answer }, caKey);
}

/** The answer to `request`, signed by the CA whose public key is `caKey`. @throws ByoError `Untrusted` */
export async function openAnswer(answer: string, request: string, caKey: CryptoKey): Promise<IdentityAnswer> {
  const opened = await verify(answer, TYPES.answer, caKey);
  const parsed = IdentityAnswer.safeParse(opened);
  if (parsed.success && parsed.data.requestHash === hashOf(request)) return parsed.data;
  throw untrusted('the answer is not to this request');
}

/** base64url SHA-256 of a request. */
export function hashOf(request: string): string {
  return createHash('sha256').update(request).digest('base64url');
}

/** @throws ByoError `Untrusted` unless the key in the header signed it; whether that key is anybody's is for the caller */
async function openRequest<Payload>(kind: Kind, schema: z.ZodType<Payload>, request: string): Promise<Opened<Payload>> {
  const tlsKey = await readKey(request);
  const parsed = schema.safeParse(await verify(request, TYPES[kind], await importJWK(tlsKey, ALGORITHM)));
  if (!parsed.success) throw untrusted(`the request has an unknown shape (${parsed.error.issues[0]?.path.join('.')})`);
  return { payload: parsed.data, tlsKey, requestHash: hashOf(request) };
}

async function readKey(request: string): Promise<PublicJwk> {
  try {
    const header = z.object({ jwk: z.unknown() }).parse(JSON.parse(decode(request.split('.')[0] ?? '')));
    return await parsePublicJwk(JSON.stringify(header.jwk));
  } catch {
    // Whatever is wrong with the header, the answer is the same and quotes nothing of it.
    throw untrusted('the request carries no P-256 key');
  }
}

async function verify(text: string, type: string, key: CryptoKey | Uint8Array): Promise<unknown> {
  try {
    const { payload, protectedHeader } = await compactVerify(text, key, { algorithms: [ALGORITHM] });
    if (protectedHeader.typ === type) return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    // A wrong signature and a wrong text are the same to the caller, and must be.
  }
  throw untrusted('the message is not signed by the key that it should be signed by');
}

async function sign(
  payload: object,
  header: { alg: string; typ: string; jwk?: JWK },
  key: CryptoKey | Uint8Array,
): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload))).setProtectedHeader(header).sign(key);
}

function decode(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8');
}

function untrusted(message: string): ByoError {
  return new ByoError('Untrusted', message, {
    remedy: 'Check the gateway’s address and the pin of its CA; enroll anew if the host’s keys were lost',
    retryable: false,
  });
}
