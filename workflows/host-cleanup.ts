// What a forced release left undone: a host that comes back is reset under its old claim, and free once it is proven clean.
import { continueAsNew } from '@temporalio/workflow';
import type { CleanupView, HostCleanup, HostCleanupInput } from '../api/activities.ts';
import { CLEANUP_CONDITION, PROGRESS_REASONS } from '../api/conditions.ts';
import { cluster } from './cluster-activities.ts';
import { decideFailure } from './decide-retry.ts';
import { attemptOfReset } from './decide-teardown.ts';
import { describeConditions } from './describe-operation.ts';
import { waitOutActivity } from './failing.ts';
import { isActivityFailure } from './failures.ts';
import { orderHost, waitForRetryTime, waitOutFailure, waitWith } from './order-host.ts';
import { enterPhase, heed, look, mustContinueAsNew, newRoad, report, type Road, type Subject } from './road.ts';

const CLEANED_UP = { type: CLEANUP_CONDITION, status: 'False' } as const;

/** `attempt` names the reset, as in a teardown; `clean`: it has ended well in this run. */
type CleanupRoad = Road<CleanupView> & { readonly cleanup: HostCleanup; attempt?: number; clean: boolean };

/**
 * The workflow. May be started at any time, any number of times: it begins by looking, and a host that is clean already
 * says so again. Ends when the host owes nothing any more.
 */
export async function hostCleanup({ cleanup }: HostCleanupInput): Promise<void> {
  const subject = cleanupSubject(cleanup);
  const road: CleanupRoad = { ...newRoad({ machine: cleanup.machine, subject }, 'Reset'), cleanup, clean: false };
  heed(road);
  for (;;) {
    try {
      const view = await look(road);
      if (view.settled || (await takeStep(road, view))) return enterPhase(road, 'Released');
    } catch (error) {
      if (!isActivityFailure(error)) throw error;
      await waitOutActivity(road, error, CLEANED_UP);
    }
    if (mustContinueAsNew()) await continueAsNew<typeof hostCleanup>({ cleanup });
  }
}

/** Answers true when the host is free. */
async function takeStep(road: CleanupRoad, view: CleanupView): Promise<boolean> {
  if (await waitForRetryTime(road)) return false;
  const gate = road.clean ? view.freeGate : view.resetGate;
  if (gate) {
    await waitWith(road, { ...CLEANED_UP, ...gate });
    return false;
  }
  if (!road.clean) {
    await resetHost(road, view);
    return false;
  }
  await settle(road);
  return true;
}

/** As in a teardown: what blocks is named by the host, and tried again ever more rarely. */
async function resetHost(road: CleanupRoad, view: CleanupView): Promise<void> {
  const { claim } = road.cleanup;
  const attempt = (road.attempt ??= attemptOfReset(view) ?? 0);
  const errand = { claim, verb: 'reset', attempt, owed: true, condition: CLEANED_UP, mustLeave } as const;
  const outcome = await orderHost(road, { ...errand, reason: PROGRESS_REASONS.resetting }, view);
  if (outcome.kind === 'Left') return;
  if (outcome.kind === 'Failed') {
    if (decideFailure('reset', outcome.failure) === 'Later') road.attempt = attempt + 1;
    return waitOutFailure(road, outcome.failure, CLEANED_UP);
  }
  road.failures = 0;
  road.clean = true;
}

/** The condition first: whoever dies between the two says it once more, and nobody finds a free host called unclean. */
async function settle(road: CleanupRoad): Promise<void> {
  const { machine, claim } = road.cleanup;
  const message = `clean of the claim of ${machine.namespace}/${machine.name}, generation ${claim.generation}`;
  await report(road, { ...CLEANED_UP, status: 'True', reason: PROGRESS_REASONS.clean, message });
  await cluster(`free ${claim.hostName}`).settleCleanup(road.cleanup);
}

/** Nothing of a ByoHost keeps `clusterctl move` back: its next management cluster goes on with the same reset. */
function cleanupSubject(cleanup: HostCleanup): Subject<CleanupView> {
  return {
    observe: () => cluster('read what the host owes').observeCleanup(cleanup),
    namesIn: () => ({ host: cleanup.claim.hostName }),
    report: (conditions) => cluster(describeConditions(conditions)).reportCleanup({ ...cleanup, conditions }),
    failing: CLEANED_UP,
    blockMove: async () => undefined,
  };
}

/** Somebody vouched for the host, or it is gone; a reset that runs there ends by itself, before any other claim. */
function mustLeave(view: CleanupView): boolean {
  return view.settled;
}
