// The generation of a claim, and how far the word of a host is taken for it: what is given out never falls again.
import type { ByoHost } from '../../api/byo-host.ts';
import { FAILURE_REASONS } from '../../api/conditions.ts';
import type { Reason } from '../../api/reasons/reason.ts';

/**
 * Claims that a restored cluster may have forgotten. A host that names a later generation is not believed: it would choose
 * for itself when it is used, and leave nothing to give out.
 */
const FORGOTTEN_AT_MOST = 1000;

/** The next one: never below what the host has seen, since a restored cluster must not give out a generation twice. */
export function nextGenerationOf(host: ByoHost): number {
  const { lastGeneration = 0 } = host.spec;
  const seen = host.status?.reported?.generation ?? 0;
  return Math.max(lastGeneration, isBeyond(host, seen) ? 0 : seen) + 1;
}

/** Whether this generation is later than any that the cluster can have given out. */
export function isBeyond({ spec }: ByoHost, generation: number): boolean {
  return generation > (spec.lastGeneration ?? 0) + FORGOTTEN_AT_MOST;
}

/** What is said of a host that names one; `undefined` when it does not. */
export function boastOf(host: ByoHost): Reason | undefined {
  const { generation = 0, openClaim } = host.status?.reported ?? {};
  const named = Math.max(generation, openClaim?.generation ?? 0);
  if (!isBeyond(host, named)) return undefined;
  const { name, namespace } = host.metadata;
  const message =
    `${name} says that it has seen claim generation ${named}; the cluster has given out ${host.spec.lastGeneration ?? 0}. ` +
    `If it has served another management cluster, take its state away and enroll it anew ` +
    `(byo enroll create NAME -n ${namespace} --replace ${name}); if not, it does not tell the truth`;
  return { reason: FAILURE_REASONS.claimConflict, message };
}
