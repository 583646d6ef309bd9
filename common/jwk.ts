// Public keys as they stand in objects: JWK in JSON, of the one kind that we use (EC, P-256).
import { calculateJwkThumbprint } from 'jose';
import { z } from 'zod';

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** The public half only: a private member that somebody sent along is dropped here. */
const PublicJwk = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: coordinate, y: coordinate });
export type PublicJwk = z.infer<typeof PublicJwk> & { kid: string };

/** The public key in `text` with its RFC 7638 thumbprint as `kid`. Throws when it is no P-256 public key in JSON. */
export async function parsePublicJwk(text: string): Promise<PublicJwk> {
  const jwk = PublicJwk.parse(JSON.parse(text));
  return { ...jwk, kid: await calculateJwkThumbprint(jwk) };
}
