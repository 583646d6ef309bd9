// ByoHost: a machine that somebody brings, who holds it, and what its agent says of it.
import { z } from 'zod';
import { Conditions, ObjectMeta, ObjectReference } from './meta.ts';
import { LeftoverId, MAX_LEFTOVER, Network, ReportedHost } from './report/reported-host.ts';
import { StoredReport } from './report/stored-report.ts';

/** Who holds a host: set by compare-and-swap, obeyed by the host only for this generation. */
export const Claim = z
  .object({
    namespace: z.string().describe('Namespace of the ByoMachine.'),
    name: z.string().describe('Name of the ByoMachine.'),
    incarnation: z.string().describe("The ByoMachine's first UID."),
    generation: z.int().min(1).describe('Rises with every claim of this host, never falls.'),
    releasing: z.boolean().optional().describe('The host is being given back.'),
    lost: z.boolean().optional().describe('The machine was re-imaged under the claim: what was done for it is gone.'),
  })
  .describe('The one ByoMachine that holds this host.');
export type Claim = z.infer<typeof Claim>;

/** A public key of the host: `id` is the RFC 7638 thumbprint of its JWK. */
export const HostKey = z
  .object({
    id: z.string().max(128).describe('RFC 7638 thumbprint of the key.'),
    use: z.enum(['sealing', 'tls']).describe('sealing: orders are encrypted to it; tls: the link is proven by it.'),
    jwk: z.string().max(2048).describe('The public key as JWK (RFC 7517), in JSON.'),
  })
  .describe('A public key made on the host.');

/** No host is left so much behind that a person would read. */
export const MAX_ACCEPTED = 256;

/** A word of the host's owner on one leftover: it may stay. */
export const Acceptance = z
  .object({
    id: LeftoverId.describe('Id of the leftover, as status.reported.leftovers has it.'),
    what: z.string().max(MAX_LEFTOVER).describe('What it was when it was accepted.'),
    by: z.string().min(1).max(256).describe('Who accepted it: the name of the user who writes this.'),
    at: z.iso.datetime().describe('When, RFC 3339.'),
  })
  .describe('One leftover that may stay on the host.');
export type Acceptance = z.infer<typeof Acceptance>;

/** What becomes of data that pods have written to host paths. */
export const LEFTOVER_POLICIES = ['Keep', 'Remove', 'Block'] as const;

export const ByoHostSpec = z
  .object({
    hostID: z.uuid().describe('Random identity given at enrollment; never a hostname or machine id.'),
    unschedulable: z.boolean().optional().describe('Keep new claims away; a claim that stands is untouched.'),
    failureDomain: z.string().max(256).optional().describe('Failure domain in which the host stands.'),
    claim: Claim.optional(),
    lastGeneration: z.int().min(0).optional().describe('Highest claim generation ever given out.'),
    cleanupOwed: Claim.optional().describe('A claim that was forced away: the host must be reset before it is free.'),
    leftovers: z
      .enum(LEFTOVER_POLICIES)
      .optional()
      .describe(
        'Data that pods wrote to host paths. Keep (also when absent): they stay, and only machines of the cluster that wrote them may claim the host. Remove: a reset deletes what came with the claim. Block: the host is NotClean until they are gone or accepted.',
      ),
    accepted: z
      .array(Acceptance)
      .max(MAX_ACCEPTED)
      .optional()
      .describe('What a cluster has left and may stay, as somebody has said who may update the host.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['id'] }),
    enrollment: z.string().max(253).optional().describe('Name of the ByoHostEnrollment by which the host registered.'),
    keys: z
      .array(HostKey)
      .max(8)
      .optional()
      .describe('Public keys pinned by the controller.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['id'] }),
  })
  .describe('What is wanted of the host, and who holds it.')
  .meta({
    'x-kubernetes-validations': [
      { rule: 'self.hostID == oldSelf.hostID', message: 'hostID is the identity of the host and cannot change' },
      {
        rule: '!has(oldSelf.lastGeneration) || (has(self.lastGeneration) && self.lastGeneration >= oldSelf.lastGeneration)',
        message: 'lastGeneration never falls',
      },
      {
        rule: '!has(self.claim) || (has(self.lastGeneration) && self.claim.generation <= self.lastGeneration)',
        message: 'a claim needs a generation that lastGeneration has reached',
      },
    ],
  });
export type ByoHostSpec = z.infer<typeof ByoHostSpec>;

/** Facts under BYOH's names, mirrored from what the agent reported. */
export const HostInfo = z
  .object({
    osname: z.string().optional().describe('Operating system, e.g. linux.'),
    osimage: z.string().optional().describe('PRETTY_NAME of os-release.'),
    architecture: z.string().optional().describe('amd64 or arm64.'),
  })
  .describe('Operating system and architecture.');

export const ByoHostStatus = z
  .object({
    machineRef: ObjectReference.optional().describe('The ByoMachine of spec.claim, for people to read.'),
    hostinfo: HostInfo.optional(),
    network: Network.optional(),
    reported: ReportedHost.optional(),
    conditions: Conditions.optional(),
  })
  .describe('What is known of the host.');
export type ByoHostStatus = z.infer<typeof ByoHostStatus>;

/** As it is read back: strict but for what the host says of itself. */
const StoredHostStatus = ByoHostStatus.extend({ reported: StoredReport.optional().catch(undefined) });

export const ByoHost = z.object({ metadata: ObjectMeta, spec: ByoHostSpec, status: StoredHostStatus.optional() });
export type ByoHost = z.infer<typeof ByoHost>;

/**
 * The part of a ByoHost by which it concerns one machine or another: all that is read of the many that concern somebody else.
 * As strict as the whole: what cannot be read here says nothing of whose the host is.
 */
export const HostHolder = z.object({
  metadata: ObjectMeta.pick({ name: true, namespace: true }),
  spec: ByoHostSpec.pick({ claim: true }),
  status: z.object({ reported: StoredReport.pick({ openClaim: true }).optional().catch(undefined) }).optional(),
});
export type HostHolder = z.infer<typeof HostHolder>;
