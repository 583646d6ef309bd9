// Public keys as they stand in objects: JWK in JSON, of the one kind that we use (EC, P-256).
import { calculateJwkThumbprint } from 'jose';
import type { z } from 'zod';
import { P256PublicJwk } from '../../api/p256.ts';

/** With its RFC 7638 thumbprint. */
export type PublicJwk = z.infer<typeof P256PublicJwk> & { kid: string };

/** The public key in `text` with its RFC 7638 thumbprint as `kid`. Throws when it is no P-256 public key in JSON. */
export async function parsePublicJwk(text: string): Promise<PublicJwk> {
  const jwk = P256PublicJwk.parse(JSON.parse(text));
  return { ...jwk, kid: await calculateJwkThumbprint(jwk) };
}
