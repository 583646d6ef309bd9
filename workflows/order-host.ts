// One order from seal to end: sealed afresh each time, run on the host, and a failure waited out as it deserves.
import type { HostView, SealInput } from '../api/activities.ts';
import { FAILURE_REASONS, type ConditionUpdate } from '../api/conditions.ts';
import { cluster } from './cluster-activities.ts';
import { decideRetryDelay } from './decide-retry.ts';
import { showDetails } from './details.ts';
import type { Failure } from './failures.ts';
import { runOnHost, type HostOperation, type HostOutcome } from './host-activities.ts';
import { report, setMoveBlocked, sleepUntilNews, waitForNews, type Road } from './road.ts';

export type Errand<View extends HostView> = Omit<SealInput, 'machine'> &
  Pick<HostOperation<View>, 'condition' | 'reason' | 'mustLeave'>;

/** Seals and runs. `Left` also when the order cannot be made yet: that is a wait, written as a condition. */
export async function orderHost<View extends HostView>(
  road: Road<View>,
  errand: Errand<View>,
  view: View,
): Promise<HostOutcome> {
  const { claim, verb, attempt, keepClaim, owed } = errand;
  const input: SealInput = {
    machine: road.machine,
    claim,
    verb,
    ...(attempt && { attempt }),
    ...(keepClaim && { keepClaim }),
    ...(owed && { owed }),
  };
  const sealed = await cluster(`seal ${verb} for ${claim.hostName}`).sealOrder(input);
  if ('order' in sealed) {
    const { condition, reason, mustLeave } = errand;
    const outcome = await runOnHost(road, { claim, order: sealed.order, condition, reason, mustLeave }, view);
    return mustSealAnew(road, outcome) ? { kind: 'Left' } : outcome;
  }
  await waitWith(road, { ...errand.condition, ...sealed.waiting });
  return { kind: 'Left' };
}

/** An order that lay too long, or was sealed to an older key, is no failure the first time: the next one is fresh. */
function mustSealAnew(road: Road, outcome: HostOutcome): boolean {
  if (outcome.kind !== 'Failed' || outcome.failure.reason !== FAILURE_REASONS.reseal || road.failures > 0) return false;
  countFailure(road);
  return true;
}

/** Writes why nothing goes on, and waits for news; nothing runs meanwhile, so a move may pass. */
export async function waitWith(road: Road, update: ConditionUpdate): Promise<void> {
  const { reason, message } = update;
  showDetails(road, { waiting: { reason, message }, step: undefined });
  await report(road, update);
  await setMoveBlocked(road, false);
  await waitForNews(road, { reason, message });
}

/**
 * Counts a failure and says when the next try may be. A first failure may be mended by whoever signals next; one that
 * repeats is tried ever more rarely, whoever signals.
 */
function countFailure(road: Road): void {
  road.failures += 1;
  road.retryAt = Date.now() + decideRetryDelay(road.failures);
}

/** After a failure: its cause as a condition, then news or the next try's time. */
export async function waitOutFailure(road: Road, failure: Failure, about: HostOperation['condition']): Promise<void> {
  const { reason, message } = failure;
  countFailure(road);
  await waitWith(road, { ...about, reason, message });
}

/** True when it was too early for another try, and time has passed meanwhile: look again first. */
export async function waitForRetryTime(road: Road): Promise<boolean> {
  const left = road.retryAt - Date.now();
  if (left <= 0) return false;
  await sleepUntilNews(road, road.progress.waiting, left);
  return true;
}
