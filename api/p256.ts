// The one kind of key that hosts, controller and gateways use: EC on the curve P-256, as JWK (RFC 7518).
import { z } from 'zod';

/** 32 bytes, base64url. */
const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** The public half only: a private member that somebody sent along is dropped here. */
export const P256PublicJwk = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: coordinate, y: coordinate });

/** With the private number. */
export const P256PrivateJwk = P256PublicJwk.extend({ d: coordinate });
