// What a ByoHost's own data says about it: quarantine, fitness, its sealing key. Pure, for the claim and the reconciler.
import type { ByoHost, Claim } from '../../api/byo-host.ts';
import { FAILURE_REASONS } from '../../api/conditions.ts';
import type { Reason } from '../../api/reasons/reason.ts';
import { conflictOf } from './claim-conflict.ts';
import { boastOf } from './claim-generation.ts';

/**
 * Why nothing may be done with the host: it owes a clean-up, it says so itself (not proven clean, its journal damaged), or
 * it works for a claim that the cluster does not know.
 */
export function quarantineOf(host: ByoHost): Reason | undefined {
  const { cleanupOwed } = host.spec;
  const { openClaim, quarantine } = host.status?.reported ?? {};
  if (!cleanupOwed) return quarantine ?? boastOf(host) ?? conflictOf(host);
  const worksForIt = openClaim?.incarnation === cleanupOwed.incarnation;
  return describeDebt(cleanupOwed, quarantine ?? (worksForIt ? undefined : conflictOf(host)));
}

/** What keeps the host from being clean, where it says so itself, is the cause of its standing aside. */
function describeDebt({ namespace, name }: Claim, cause: Reason | undefined): Reason {
  const debt = `the claim of ${namespace}/${name} was forced away; the host stays aside until it has been reset`;
  return cause
    ? { ...cause, message: `${debt}. ${cause.message}` }
    : { reason: FAILURE_REASONS.notClean, message: debt };
}

/** Why the host is kept for another cluster: data of its pods are there, and nobody has removed or accepted them. */
export function describeBound({ spec, status }: ByoHost, cluster: string | undefined): string | undefined {
  const accepted = new Set((spec.accepted ?? []).map(({ id }) => id));
  const data = (status?.reported?.leftovers ?? []).filter(({ kind, id }) => kind === 'Data' && !accepted.has(id));
  const others = data.filter((one) => one.cluster === undefined || one.cluster !== cluster).map(({ what }) => what);
  if (others.length === 0) return undefined;
  const more = others.length > 3 ? ` and ${others.length - 3} more` : '';
  return `has ${others.slice(0, 3).join('; ')}${more}: remove it, or let it stay (byo host accept)`;
}

/** What makes the host unfit, each with its remedy; `undefined` when it was never inspected. */
export function findingsOf(host: ByoHost): Reason | 'fit' | undefined {
  const reported = host.status?.reported;
  if (!reported) return undefined;
  const found = reported.findings.map(({ code, message, remedy }) => `${code}: ${message}. ${remedy}`);
  if (reported.architecture === 'other')
    found.push('UnknownArchitecture: neither amd64 nor arm64. Use another machine');
  return found.length === 0 ? 'fit' : { reason: FAILURE_REASONS.hostUnfit, message: found.join('; ') };
}

/** What is said of a claim whose machine was re-imaged under it: what was done for the claim is gone. */
export function describeLost({ metadata }: ByoHost): string {
  return (
    `${metadata.name} was re-imaged and enrolled anew under this claim; what was installed is gone. ` +
    'Delete the Machine, or let a MachineHealthCheck do so: the claim then ends and the host is free again'
  );
}

/** What is said of a host that no order can be sealed to: keys come from enrollment alone. */
export function describeKeyless(host: ByoHost): string {
  const { namespace, name } = host.metadata;
  return (
    `no sealing key of ${name} is pinned; enroll the host: ` +
    `byo enroll create NAME -n ${namespace} --replace ${name}${isRevoked(host) ? ' --revoked' : ''}`
  );
}

/** No TLS key is pinned: nobody may speak for the host. Enrollment pins one, and revoking alone takes it away. */
export function isRevoked({ spec }: ByoHost): boolean {
  return !spec.keys?.some(({ use }) => use === 'tls');
}

/** What is said of an enrollment that is to replace a revoked host and may not: cause and remedy, for hosts and people. */
export function describeRevoked({ metadata }: ByoHost): { message: string; remedy: string } {
  const { namespace, name } = metadata;
  return {
    message: `the ByoHost ${name}, which this enrollment replaces, was revoked`,
    remedy:
      'Ask an administrator (permission to update byohosts/claim) for a token that takes it in again: ' +
      `byo enroll create NAME -n ${namespace} --replace ${name} --revoked`,
  };
}

/** The pinned key that orders are encrypted to. */
export function sealingKeyOf(host: ByoHost): NonNullable<ByoHost['spec']['keys']>[number] | undefined {
  return host.spec.keys?.find(({ use }) => use === 'sealing');
}
