// What an agent reports of its host: facts, findings and progress. Hostile input: every string is bounded.
import { z } from 'zod';

/**
 * No host is ever claimed so often. A bound, so that what is made of it (providerIDs, orders, a generation more) stays
 * within theirs.
 */
const MAX_GENERATION = 1_000_000_000;
/** Of notes, and of the characters of each. */
export const MAX_NOTES = 32;
export const MAX_NOTE = 200;

const text = (max: number, what: string) => z.string().max(max).describe(what);

/** Network interfaces under BYOH's field names. */
export const Network = z
  .array(
    z.object({
      networkInterfaceName: text(64, 'Name of the interface.'),
      macAddr: text(64, 'Hardware address.'),
      ipAddrs: z.array(text(64, 'Address with prefix length.')).max(16).optional().describe('Addresses in CIDR form.'),
      connected: z.boolean().optional().describe('The link is up.'),
      isDefault: z.boolean().optional().describe('The default route leaves here.'),
    }),
  )
  .max(32)
  .describe('Network interfaces of the host.')
  .meta({ 'x-kubernetes-list-type': 'atomic' });

/** Something that makes the host unfit to be claimed, and how to mend it. */
export const Finding = z
  .object({
    code: text(64, 'CamelCase name of the finding.'),
    message: text(1024, 'What was found.'),
    remedy: text(1024, 'What a person can do about it.'),
  })
  .describe('One reason for which the host cannot be claimed.');
export type Finding = z.infer<typeof Finding>;

/** Progress of the operation on the host; also the heartbeat of its activity and the line in Temporal's UI. */
export const OperationProgress = z
  .object({
    operation: text(128, 'Operation, e.g. install/v1.36.3 or join.'),
    generation: z.int().min(0).max(MAX_GENERATION).describe('Claim generation that the operation belongs to.'),
    state: z.enum(['Running', 'Succeeded', 'Failed', 'Stopped']).describe('Where the operation is.'),
    step: text(64, 'Step that runs, or ran last.').optional(),
    attempt: z.int().min(0).optional().describe('Attempt of the step.'),
    bytes: z.int().min(0).optional().describe('Bytes done, for steps that move data.'),
    total: z.int().min(0).optional().describe('Bytes in all.'),
    reason: text(64, 'What it waits for, as the reason of a condition.').optional(),
    message: text(1024, 'Why it waits or failed; never quotes bootstrap data.').optional(),
  })
  .describe('The operation that runs on the host, or ran last.');
export type OperationProgress = z.infer<typeof OperationProgress>;

/** Why the host itself asks to be left alone: NotClean, ResetBlocked, JournalDamaged, AgentTooOld, DiskFull, … */
export const Quarantine = z
  .object({
    // It becomes the reason of a condition, and a host may say anything.
    reason: z
      .string()
      .regex(/^[A-Z][A-Za-z0-9]{2,63}$/)
      .describe('CamelCase reason.'),
    message: text(1024, 'What is wrong, and what to do about it.'),
  })
  .describe('Nothing may be done with the host but a reset; a reset that ends well takes it away.');
export type Quarantine = z.infer<typeof Quarantine>;

/** What was found at the end of the last reset and is held against nobody, one line each. */
const Notes = z
  .array(text(MAX_NOTE, 'One difference.'))
  .max(MAX_NOTES)
  .describe('What is otherwise than when the last claim began, and is the owner’s: told, and held against nobody.')
  .meta({ 'x-kubernetes-list-type': 'atomic' });

/** Names what is listed by all of its text: the same id is the same thing. */
export const LeftoverId = z.string().regex(/^[0-9a-f]{32}$/);
/** Of leftovers, and of the characters by which each is shown. */
export const MAX_LEFTOVERS = 64;
export const MAX_LEFTOVER = 256;

/** Something that a cluster has left on the machine, and that nobody has taken away or accepted. */
export const Leftover = z
  .object({
    id: LeftoverId.describe('Hash of what is listed: an acceptance holds for exactly this.'),
    kind: z
      .enum(['Binding', 'Data'])
      .describe(
        'Binding: it would make the host a part of its old cluster still. Data: what pods wrote to a host path.',
      ),
    what: text(MAX_LEFTOVER, 'What it is.'),
    path: text(1024, 'Where the data stand.').optional(),
    cluster: text(253, 'Name of the Cluster whose pods wrote them; absent when nobody knows.').optional(),
  })
  .describe('Something that a cluster has left on the machine.');
export type Leftover = z.infer<typeof Leftover>;

export const ReportedHost = z
  .object({
    agentVersion: text(64, 'Version of the agent.'),
    protocol: z.int().min(1).describe('Protocol the agent speaks; the controller picks verbs by it.'),
    hostname: text(253, 'Hostname: a fact, not an identity.'),
    machineID: text(64, 'machine-id(5): compared to notice clones.'),
    osImage: text(256, 'PRETTY_NAME of os-release.'),
    osID: text(64, 'ID of os-release.'),
    osVersion: text(64, 'VERSION_ID of os-release.').optional(),
    kernel: text(128, 'Kernel release.'),
    architecture: z.enum(['amd64', 'arm64', 'other']).describe('CPU architecture in Go terms.'),
    systemd: z.int().min(0).optional().describe('Version of systemd.'),
    glibc: text(32, 'Version of glibc.').optional(),
    cgroup: z.enum(['v1', 'v2']).describe('cgroup hierarchy that the kubelet would use.'),
    cpus: z.int().min(0).describe('CPUs usable.'),
    memoryBytes: z.int().min(0).describe('Memory in bytes.'),
    network: Network.optional(),
    findings: z
      .array(Finding)
      .max(32)
      .describe('Why the host is unfit; empty when it can be claimed.')
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    sealingKey: text(2048, 'Public sealing key as JWK, in JSON; pinned in spec.keys by the controller.'),
    clockSkewSeconds: z
      .int()
      .optional()
      .describe(
        'How far the clock of the host is ahead of the gateway’s, 0 when less than a minute; absent: not known.',
      ),
    generation: z.int().min(0).max(MAX_GENERATION).describe('Highest claim generation in the journal of the host.'),
    openClaim: z
      .object({
        incarnation: text(64, 'Incarnation.'),
        generation: z.int().min(1).max(MAX_GENERATION).describe('Generation.'),
      })
      .optional()
      .describe('The claim that the host believes open.'),
    operation: OperationProgress.optional(),
    quarantine: Quarantine.optional(),
    notes: Notes.optional(),
    leftovers: z
      .array(Leftover)
      .max(MAX_LEFTOVERS)
      .optional()
      .describe('What a cluster has left, to be taken away or accepted in spec.accepted.')
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    digest: text(64, 'Of the rest of the report: an agent sees by it when an older report was put back.').optional(),
  })
  .describe('Written by the agent alone.');
export type ReportedHost = z.infer<typeof ReportedHost>;
