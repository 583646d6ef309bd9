// Where what a host says of its claim and what the cluster knows of it contradict each other, as after the management
// cluster's etcd was put back to an older copy. Pure, for whoever claims, reconciles or looks.
import type { ByoHost, Claim } from '../../api/byo-host.ts';
import { FAILURE_REASONS, WAIT_REASONS } from '../../api/conditions.ts';
import type { Reason } from '../../api/reasons/reason.ts';

/** What a host may do while nobody has decided: its node runs on, and every order is refused. */
const MEANWHILE = 'Until somebody decides, nobody claims the host and nothing on it is touched. ';

/** The claim that the host works for although the cluster does not know it; undefined when both agree. */
export function strangeClaimOf({ spec, status }: ByoHost): { incarnation: string; generation: number } | undefined {
  const open = status?.reported?.openClaim;
  if (!open || (spec.claim?.incarnation === open.incarnation && spec.claim.generation === open.generation)) {
    return undefined;
  }
  return open;
}

/** A host that keeps silent about an open claim contradicts nobody. */
export function conflictOf(host: ByoHost): Reason | undefined {
  const open = strangeClaimOf(host);
  if (!open) return undefined;
  const held = `${host.metadata.name} works for claim ${open.incarnation}, generation ${open.generation}; `;
  const message = `${held}the cluster knows ${describeKnown(host.spec.claim)}. ${MEANWHILE}${remedyOf(host)}`;
  return { reason: FAILURE_REASONS.claimConflict, message };
}

function describeKnown(claim: Claim | undefined): string {
  if (!claim) return 'none';
  return `${claim.incarnation} (${claim.namespace}/${claim.name}), generation ${claim.generation}`;
}

function remedyOf({ metadata, spec }: ByoHost): string {
  const order = `order a reset: byo host clean-up ${metadata.name} -n ${metadata.namespace}`;
  if (!spec.claim) {
    return `If the cluster was restored from a backup, restore a later one that knows the ByoMachine; or ${order}`;
  }
  const { namespace, name } = spec.claim;
  return `Restore a later backup of the cluster; or delete the Machine of ${namespace}/${name} by force, and then ${order}`;
}

/**
 * The host says that this very claim, or a later one, has ended there: it is clean, and the node is gone. A claim that
 * ends here as well, or was lost, is none of these; whether its ByoMachine is being deleted, the caller knows.
 */
export function isClosedOnHost({ spec: { claim }, status }: ByoHost): boolean {
  const { openClaim, generation = 0 } = status?.reported ?? {};
  return claim !== undefined && !claim.releasing && !claim.lost && !openClaim && generation >= claim.generation;
}

/** Of a claim that is closed on the host while its ByoMachine was prepared for it, and is not being deleted. */
export function describeClosed({ metadata, spec, status }: ByoHost): Reason {
  const { namespace = '', name = '', generation = 0 } = spec.claim ?? {};
  const message =
    `${metadata.name} has been reset since: it works for no claim and has seen generation ` +
    `${status?.reported?.generation ?? 0}; the cluster knows ${namespace}/${name}, generation ${generation}. ` +
    `If the cluster was restored from a backup, restore a later one; or delete the Machine of ${namespace}/${name}`;
  return { reason: FAILURE_REASONS.claimConflict, message };
}

/** Of a claim whose ByoMachine is not there: it may have been taken away by hand, or the cluster restored without it. */
export function describeOrphan({ metadata, spec }: ByoHost): Reason {
  const { namespace = '', name = '' } = spec.claim ?? {};
  const message =
    `${metadata.name} is claimed by ${namespace}/${name}, and neither that ByoMachine nor its Machine is there. ${MEANWHILE}` +
    'If the cluster was restored from a backup, restore a later one that knows them; ' +
    `or order a reset: byo host clean-up ${metadata.name} -n ${metadata.namespace}`;
  return { reason: WAIT_REASONS.claimOrphaned, message };
}

/** Incarnations of the machines that hold more than one of these hosts. */
export function listDuplicates(hosts: readonly ByoHost[]): Set<string> {
  const seen = new Set<string>();
  const doubled = new Set<string>();
  for (const { spec } of hosts) {
    if (!spec.claim) continue;
    (seen.has(spec.claim.incarnation) ? doubled : seen).add(spec.claim.incarnation);
  }
  return doubled;
}

/** The claim of the host that its ByoMachine must be asked about: it and what the host says, or two claims, disagree. */
export function doubtfulClaimOf(host: ByoHost, doubled: Set<string>): { incarnation: string } | undefined {
  const { claim } = host.spec;
  const strange = strangeClaimOf(host);
  if (strange || !claim) return strange;
  return isClosedOnHost(host) || doubled.has(claim.incarnation) ? claim : undefined;
}

/** The host that works for the machine although it does not carry its claim: nothing may be done for it elsewhere. */
export function strangerOf(hosts: readonly ByoHost[], incarnation: string): ByoHost | undefined {
  return hosts.find((host) => !host.spec.cleanupOwed && strangeClaimOf(host)?.incarnation === incarnation);
}

/** What its ByoMachine is told of such a host. */
export function describeStranger({ metadata }: ByoHost): Reason {
  const message = `${metadata.name} works for this ByoMachine and does not carry its claim; see that ByoHost`;
  return { reason: FAILURE_REASONS.claimConflict, message };
}
