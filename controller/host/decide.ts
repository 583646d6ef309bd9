// What is true of a ByoHost and what it needs next: conditions, mirrors, and when its claim ends.
import type { ByoHost, Claim } from '../../api/byo-host.ts';
import {
  HOST_CONDITIONS,
  PROGRESS_REASONS,
  WAIT_REASONS,
  type ConditionUpdate,
  type HostConditionType,
} from '../../api/conditions.ts';
import { API_VERSION, ANNOTATIONS, FINALIZERS } from '../../api/names.ts';
import type { Reason } from '../../api/reasons/reason.ts';
import { hasNeverHeardOf } from '../../common/claim/claim-evidence.ts';
import { decideClaimLabels } from '../../common/claim/claim-label.ts';
import { describeClosed, describeOrphan, isClosedOnHost } from '../../common/claim/claim-conflict.ts';
import { isDeleting, isLeavingByMove } from '../../common/contract.ts';
import {
  describeBound,
  describeKeyless,
  findingsOf,
  quarantineOf,
  sealingKeyOf,
} from '../../common/claim/host-rules.ts';
import type { StatusWish } from '../runtime/apply-status.ts';
import { decideAdoption, decideRenewal, isSettledOn, type Claimant } from './decide-adoption.ts';
import { decideClock } from './decide-clock.ts';
import { decideConnected } from './decide-connected.ts';
import { isStray } from './duplicate-claim.ts';
import type { Liveness } from './liveness.ts';

export type ObservedHost = {
  host: ByoHost;
  liveness: Liveness;
  /** The claim is releasing, and neither its ByoMachine nor that one's Machine exists any more. */
  claimEnded: boolean;
  /** The claim stands, and neither its ByoMachine nor that one's Machine is there: gone, or not restored yet. */
  orphaned?: boolean;
  /** What hosts trust is gone: why, and the way back. */
  trustLost?: string | undefined;
  /** The ByoMachine that holds the host: by spec.claim, or else by what the host says of its claim. */
  claimant?: Claimant | undefined;
  /** Its claim was given a new generation less than a resync ago, since the host said that it had closed the old one. */
  renewedRecently?: boolean;
};

export type HostDecision =
  | { kind: 'Nothing' }
  | { kind: 'SetFinalizers'; finalizers: string[] }
  | { kind: 'Free' }
  /** The claim is written down as the host has it, or with a generation that the host can open. */
  | { kind: 'Claim'; claim: Claim }
  /** The label of its claim is put right. */
  | { kind: 'Label'; labels: Record<string, string | null> }
  | { kind: 'Report'; status: StatusWish };

/** Pure. One write at a time; the next look comes with the change that it makes. */
export function decideHost(situation: ObservedHost): HostDecision {
  const { host, claimEnded } = situation;
  if (isLeavingByMove(host) || ANNOTATIONS.paused in host.metadata.annotations) return { kind: 'Nothing' };
  const finalizer = decideFinalizer(host);
  if (finalizer) return finalizer;
  if (claimEnded || isStray(host, situation.claimant) || isOrphanUnheard(situation)) return { kind: 'Free' };
  const claim = decideAdoption(host, situation.claimant) ?? decideRenewal(host, situation);
  if (claim) return { kind: 'Claim', claim };
  const labels = decideClaimLabels(host);
  return labels ? { kind: 'Label', labels } : { kind: 'Report', status: hostStatus(situation) };
}

/** Nothing was ever done for it: should its machine come back, it claims anew. Anything else a person decides. */
function isOrphanUnheard({ host, orphaned }: ObservedHost): boolean {
  return orphaned === true && host.spec.claim !== undefined && hasNeverHeardOf(host, host.spec.claim);
}

/** Whoever holds the host, or is owed a clean-up by it, would lose it without a trace: it stays until then. */
function decideFinalizer({ metadata, spec }: ByoHost): HostDecision | undefined {
  const { finalizers, deletionTimestamp } = metadata;
  const ours = finalizers.includes(FINALIZERS.host);
  if (deletionTimestamp === undefined) {
    return ours ? undefined : { kind: 'SetFinalizers', finalizers: [...finalizers, FINALIZERS.host] };
  }
  if (!ours) return { kind: 'Nothing' };
  if (spec.claim || spec.cleanupOwed) return undefined;
  return { kind: 'SetFinalizers', finalizers: finalizers.filter((one) => one !== FINALIZERS.host) };
}

/** The reconciler's part of the status. */
export const HOST_FIELDS = ['machineRef', 'hostinfo', 'network'] as const;

function hostStatus(situation: ObservedHost): StatusWish {
  const { host, orphaned } = situation;
  const reported = host.status?.reported;
  const { claim } = host.spec;
  const connected = decideConnected(situation);
  const fit = decideFit(host);
  const quarantined = decideQuarantined(situation);
  const { namespace, name } = claim ?? {};
  const info = reported && { osname: 'linux', osimage: reported.osImage, architecture: reported.architecture };
  return {
    fields: {
      machineRef: claim && { apiVersion: API_VERSION, kind: 'ByoMachine', namespace, name },
      hostinfo: info ?? host.status?.hostinfo,
      network: reported?.network ?? host.status?.network,
    },
    conditions: [
      connected,
      fit,
      quarantined,
      decideAvailable(host, { connected, fit, quarantined }, orphaned),
      decideClock(host),
    ],
  };
}

function decideFit(host: ByoHost): ConditionUpdate {
  const type = HOST_CONDITIONS.fit;
  const findings = findingsOf(host);
  if (findings === 'fit') return { type, status: 'True', reason: PROGRESS_REASONS.fit, message: '' };
  if (findings) return { type, status: 'False', ...findings };
  const message = 'not inspected yet: the agent reports what it finds when it starts';
  return { type, status: 'Unknown', reason: PROGRESS_REASONS.neverSeen, message };
}

function decideQuarantined(situation: ObservedHost): ConditionUpdate {
  const type = HOST_CONDITIONS.quarantined;
  const breach = quarantineOf(situation.host) ?? decideClosed(situation);
  if (breach) return { type, status: 'True', ...breach };
  return { type, status: 'False', reason: PROGRESS_REASONS.notQuarantined, message: '' };
}

/**
 * On the way back a host closes its claim before the cluster does: that is no contradiction. One that closes, again, the
 * claim that it was only just given anew would have it written with each of its reports.
 */
function decideClosed(situation: ObservedHost): Reason | undefined {
  const { host, claimant, renewedRecently } = situation;
  const contradicts = claimant && (isSettledOn(claimant) || (renewedRecently && !isDeleting(claimant.machine)));
  return contradicts && isClosedOnHost(host) ? describeClosed(host) : undefined;
}

type Judged = { connected: ConditionUpdate; fit: ConditionUpdate; quarantined: ConditionUpdate };

function decideAvailable(host: ByoHost, judged: Judged, orphaned = false): ConditionUpdate {
  const type = HOST_CONDITIONS.available satisfies HostConditionType;
  const why = (orphaned ? describeOrphan(host) : whyTaken(host)) ?? whyUnusable(host, judged);
  if (why) return { type, status: 'False', ...why };
  const message = describeBound(host, undefined);
  return {
    type,
    status: 'True',
    reason: PROGRESS_REASONS.available,
    message: message ? `for one cluster: ${message}` : '',
  };
}

function whyTaken(host: ByoHost): Reason | undefined {
  const { claim, unschedulable } = host.spec;
  const deleting = isDeleting(host) ? ' The ByoHost is being deleted and goes when this ends' : '';
  if (claim) {
    const state = claim.releasing ? 'being given back by' : 'claimed by';
    const message = `${state} ${claim.namespace}/${claim.name}, generation ${claim.generation}.${deleting}`;
    return { reason: PROGRESS_REASONS.claimed, message };
  }
  if (deleting) return { reason: PROGRESS_REASONS.deleting, message: deleting.trim() };
  if (!unschedulable) return undefined;
  return { reason: WAIT_REASONS.unschedulable, message: 'spec.unschedulable keeps new claims away' };
}

function whyUnusable(host: ByoHost, { connected, fit, quarantined }: Judged): Reason | undefined {
  if (quarantined.status !== 'False') return { reason: quarantined.reason, message: quarantined.message };
  if (fit.status !== 'True') return { reason: fit.reason, message: fit.message };
  if (connected.status !== 'True') return { reason: connected.reason, message: connected.message };
  if (sealingKeyOf(host)) return undefined;
  return { reason: WAIT_REASONS.waitingForHostKey, message: describeKeyless(host) };
}
