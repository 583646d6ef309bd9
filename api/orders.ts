// Orders: what a host is told to do. Signed by the controller, encrypted to the host; zod checks what was opened.
import { z } from 'zod';
import { LEFTOVER_POLICIES, MAX_ACCEPTED } from './byo-host.ts';
import { LeftoverId } from './report/reported-host.ts';
import { VERBS } from './steps.ts';

/** As `providerIdOf` makes it: it becomes part of a unit file and of templates, where a newline would be another line. */
const ProviderID = z.string().regex(/^byoh:\/\/[a-z0-9-]{1,64}\/\d{1,15}$/);
/** Names that become parts of keys, units and files; said again here, since whoever signs may have been deceived. */
const Incarnation = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/);
const OperationName = z
  .string()
  .max(128)
  .regex(/^[a-z]+([/#][A-Za-z0-9.+-]+)*$/);

/** Shown as it is in statuses and logs. */
const BundleAddress = z
  .string()
  .max(2048)
  .regex(/^[^\p{C}]+$/u);

/** Arguments of `install`: which bundle, and the provider id that the kubelet will register with. */
export const InstallArguments = z.object({
  version: z
    .string()
    .regex(/^v\d+\.\d+\.\d+[0-9A-Za-z.+-]*$/)
    .describe('Kubernetes version.'),
  bundle: z.object({
    source: BundleAddress.describe('Where the bundle is, when no mirror gives it.'),
    mirrors: z
      .array(BundleAddress)
      .max(8)
      .optional()
      .describe('Where it is asked for first, in this order; an agent that does not know them reads the source.'),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .optional()
      .describe('Digest of the bundle; absent only with allowFloatingTag.'),
  }),
  providerID: ProviderID.describe('providerID of this claim.'),
});
export type InstallArguments = z.infer<typeof InstallArguments>;

/** Base64 characters: what signing and sealing make of it fits below Temporal's 2 MiB for a payload. */
export const MAX_DOCUMENT = 1024 * 1024;

/** Arguments of `join`: the bootstrap document itself, so this never leaves its seal but on the host. */
export const JoinArguments = z.object({
  format: z.string().max(64).describe('cloud-config; anything else is refused.'),
  document: z.string().max(MAX_DOCUMENT).describe('The bootstrap document, base64.'),
  metadata: z.object({
    instanceId: z.string().max(256).describe('Unique per claim.'),
    providerId: ProviderID.describe('providerID of this claim.'),
    failureDomain: z.string().max(256).optional().describe('Where the host stands.'),
  }),
});
export type JoinArguments = z.infer<typeof JoinArguments>;

/** Where the API server of a cluster answers, as its users dial it; a name or an address is looked up by the host. */
export const Endpoint = z.object({
  host: z
    .string()
    .max(253)
    .regex(/^[0-9A-Za-z:][0-9A-Za-z.:_-]*$/)
    .describe('Address (IPv6 without brackets) or DNS name.'),
  port: z.int().min(1).max(65535).describe('Port of the API server.'),
});
export type Endpoint = z.infer<typeof Endpoint>;

/** Arguments of `drain`: verify only, or evict within a bound. */
export const DrainArguments = z.object({
  evict: z.boolean().describe('Evict what still runs; else only record.'),
  timeoutSeconds: z.int().min(0).max(86_400).describe('Bound of the eviction.'),
  endpoint: Endpoint.optional().describe(
    'Where the cluster answers, when this host has left it already but for its drain: it must not answer there any more.',
  ),
});
export type DrainArguments = z.infer<typeof DrainArguments>;

export const ClusterName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);

/** Addresses of a cluster in CIDR form. */
export const Range = z
  .string()
  .max(64)
  .regex(/^[0-9A-Fa-f:.]+\/\d{1,3}$/);
export const MAX_RANGES = 32;

/** Arguments of `reset`. */
export const ResetArguments = z.object({
  skipEtcdMemberRemoval: z.boolean().describe('The control plane provider owns etcd membership.'),
  keepClaim: z.boolean().optional().describe('Leave the generation open: the same claim bootstraps again.'),
  endpoint: Endpoint.optional().describe(
    'Where the cluster that the host leaves answers; a host that knows it must not answer there any more.',
  ),
  ranges: z
    .array(Range)
    .max(MAX_RANGES)
    .optional()
    .describe('Pod and service ranges of that cluster: routes, addresses and rules of these are no owner’s.'),
  cluster: ClusterName.optional().describe('Name of that cluster: data of its pods are bound to it.'),
  leftovers: z.enum(LEFTOVER_POLICIES).optional().describe('What becomes of data that pods wrote to host paths.'),
  accepted: z.array(LeftoverId).max(MAX_ACCEPTED).optional().describe('Leftovers that may stay, by their ids.'),
});
export type ResetArguments = z.infer<typeof ResetArguments>;

const envelope = {
  hostID: z.uuid(),
  incarnation: Incarnation,
  generation: z.int().min(1),
  operation: OperationName,
  issuedAt: z.int().describe('Seconds since the epoch.'),
  expiresAt: z.int().optional().describe('Seconds since the epoch; reset orders do not expire.'),
};

/** What is inside the seal. */
export const Order = z.discriminatedUnion('verb', [
  z.object({ verb: z.literal('install'), ...envelope, arguments: InstallArguments }),
  z.object({ verb: z.literal('join'), ...envelope, arguments: JoinArguments }),
  z.object({ verb: z.literal('drain'), ...envelope, arguments: DrainArguments }),
  z.object({ verb: z.literal('reset'), ...envelope, arguments: ResetArguments }),
]);
export type Order = z.infer<typeof Order>;

/** The names of an order, which travel in clear. */
export const OrderEnvelope = z.object({
  verb: z.enum(VERBS),
  operation: OperationName,
  incarnation: Incarnation,
  generation: z.int().min(1),
});
export type OrderEnvelope = z.infer<typeof OrderEnvelope>;

export const MAX_SEALED = 2 * 1024 * 1024;

/** What travels through Temporal: names in clear, everything else sealed (compact JWE over a compact JWS). */
export const SealedOrder = OrderEnvelope.extend({ sealed: z.string().min(1).max(MAX_SEALED) });
export type SealedOrder = z.infer<typeof SealedOrder>;

/** Agents of this protocol and later open orders that are packed. */
export const PACKED_ORDERS = 3;

/** The same in few bytes (`sealPacked`): they lie in a payload of their own, behind that of their envelope. */
export type PackedOrder = OrderEnvelope & { sealed: Uint8Array };
