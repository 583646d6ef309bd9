// The label by which a selector finds the host of a machine. It is an index and no more: a host is a machine's by its
// spec.claim alone, whatever label it bears, and one without the label is found by looking at all.
import { createHash } from 'node:crypto';
import type { ByoHost, Claim } from '../../api/byo-host.ts';
import { LABELS } from '../../api/names.ts';

/** What a label may hold (k8s.io/apimachinery, validation.IsValidLabelValue). */
const VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** The value for a claim of this incarnation: a UID as it is; whatever else somebody wrote as incarnation, by its hash. */
export function claimLabelOf(incarnation: string): string {
  return VALUE.test(incarnation) ? incarnation : createHash('sha256').update(incarnation).digest('hex').slice(0, 63);
}

/** Selects the hosts that are labelled for the incarnation. */
export function claimSelectorOf(incarnation: string): string {
  return `${LABELS.claim}=${claimLabelOf(incarnation)}`;
}

type ClaimLabels = { [LABELS.claim]: string | null };

/** Labels of a write that sets the claim, or takes it away: they belong into that very write. */
export function labelsFor(claim: Pick<Claim, 'incarnation'> | null): ClaimLabels {
  return { [LABELS.claim]: claim && claimLabelOf(claim.incarnation) };
}

/**
 * What is wrong with the label of a host, as labels to be written; undefined when it is right. An older release claimed
 * without it, a backup may hold an older one, and people strip labels.
 */
export function decideClaimLabels({ metadata, spec }: ByoHost): ClaimLabels | undefined {
  const right = labelsFor(spec.claim ?? null);
  return (metadata.labels[LABELS.claim] ?? null) === right[LABELS.claim] ? undefined : right;
}
