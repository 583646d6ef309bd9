// What an agent and the gateway say to each other beside Temporal's gRPC: JSON over HTTPS on the same port. The gateway
// passes enrollment and renewal on to the controller, which alone can check and answer them, over the same paths.
import { z } from 'zod';
import { P256PublicJwk } from './p256.ts';

/** Paths of the HTTP API. `enroll` and `renew` need no client certificate: their proof is inside; all others do. */
export const GATEWAY_PATHS = {
  enroll: '/v1/enroll',
  renew: '/v1/renew',
  report: '/v1/report',
  lease: '/v1/lease',
  /** Followed by a digest, `sha256:…`; or `index.json` / `oci-layout` for the layout itself. Ranges are answered. */
  blobs: '/v1/blobs/',
} as const;

/** Names in certificates by which the parties know each other, whatever their address is (RFC 6125 DNS-ID). */
export const SERVER_NAMES = { gateway: 'byo-gateway', controller: 'byo-controller' } as const;

const jws = z
  .string()
  .max(16 * 1024)
  .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/);

/** Body of `POST /v1/enroll` and `POST /v1/renew`: a compact JWS by the host's TLS key (`common/enrollment/`). */
export const SignedRequest = z.object({ request: jws.describe('Compact JWS, ES256, by the TLS key of the host.') });
export type SignedRequest = z.infer<typeof SignedRequest>;

/** Its answer: a compact JWS by the CA key, so that no gateway can change what a host is told to trust. */
export const SignedAnswer = z.object({ answer: jws.describe('Compact JWS, ES256, by the CA key.') });
export type SignedAnswer = z.infer<typeof SignedAnswer>;

/** Payload of an enrollment request. `mac` proves the token over both keys; the token itself never travels. */
export const EnrollRequest = z.object({
  namespace: z.string().min(1).max(63).describe('Namespace of the ByoHostEnrollment.'),
  enrollment: z.string().min(1).max(253).describe('Name of the ByoHostEnrollment.'),
  sealingKey: P256PublicJwk.describe('Public sealing key; the JWS around it is the signature by the TLS key.'),
  hostname: z.string().max(253).describe('Hostname: a wish for the name of the ByoHost, never an identity.'),
  mac: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .describe('HMAC-SHA256 by the token over enrollment and both keys, base64url.'),
});
export type EnrollRequest = z.infer<typeof EnrollRequest>;

/** A new sealing key in place of the one that it names: done by compare-and-swap, so that an old request rolls nothing back. */
export const SealingRoll = z.object({
  key: P256PublicJwk.describe('The new public sealing key; the JWS around it is the signature by the TLS key.'),
  replaces: z.string().max(128).describe('RFC 7638 thumbprint of the key that is pinned so far.'),
});
export type SealingRoll = z.infer<typeof SealingRoll>;

/** Payload of a renewal request: the pinned TLS key that signs it is the proof, so it works after expiry as well. */
export const RenewRequest = z.object({
  hostID: z.uuid().describe('Identity of the host.'),
  issuedAt: z
    .int()
    .describe('Seconds since the epoch; older controllers compare it with their clock, nobody else does.'),
  nonce: z
    .string()
    .max(64)
    .optional()
    .describe('Random: with the hash of the request, the answer is to this asking alone, whatever the clocks say.'),
  sealing: SealingRoll.optional(),
});
export type RenewRequest = z.infer<typeof RenewRequest>;

/** Payload of the answer to both: who the host is, its certificate, and what it must trust from now on. */
export const IdentityAnswer = z.object({
  requestHash: z.string().max(64).describe('base64url SHA-256 of the request JWS: the answer is to this one alone.'),
  management: z
    .string()
    .max(64)
    .describe(
      'Id of the installation; named so since it was once the UID of kube-system, and agents keep it by this name.',
    ),
  hostID: z.uuid().describe('Identity of the host.'),
  namespace: z.string().max(63).describe('Namespace of the ByoHost.'),
  name: z.string().max(253).describe('Name of the ByoHost.'),
  certificate: z.string().max(8192).describe('Client certificate, PEM.'),
  authorities: z.array(z.string().max(8192)).min(1).max(4).describe('CA certificates to trust, PEM: current and next.'),
  signers: z
    .array(z.looseObject({ kid: z.string() }))
    .min(1)
    .max(8)
    .describe('JWKs that may sign orders: current and next.'),
  sealingKey: z
    .string()
    .max(128)
    .optional()
    .describe('Thumbprint of the sealing key that is pinned now; absent from older controllers.'),
});
export type IdentityAnswer = z.infer<typeof IdentityAnswer>;

/** Answer to `PUT /v1/lease`. */
export const LeaseAnswer = z.object({
  secondsSincePoll: z
    .number()
    .min(0)
    .nullable()
    .describe(
      'How long this gateway has seen no open poll of this host; 0 while one is open, null when the host has no connection for polls here: another gateway may hold it.',
    ),
  reportDigest: z
    .string()
    .max(64)
    .nullable()
    .optional()
    .describe('`digest` of the report that stands in the ByoHost; null when none does, absent from older gateways.'),
});
export type LeaseAnswer = z.infer<typeof LeaseAnswer>;

/** Body of every refusal (RFC 9457); `retryAfterSeconds` goes with 429 and 503, as in the Retry-After header. */
export const Problem = z.object({
  reason: z.string().max(64).describe('CamelCase reason.'),
  message: z.string().max(1024).describe('What is wrong.'),
  remedy: z.string().max(1024).describe('What to do about it.'),
  retryAfterSeconds: z.number().min(0).optional().describe('When to come back at the earliest.'),
});
export type Problem = z.infer<typeof Problem>;
