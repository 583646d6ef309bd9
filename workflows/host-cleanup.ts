// What a forced release left undone: a host that comes back is reset under its old claim, and free once it is proven clean.
import { continueAsNew } from '@temporalio/workflow';
import type { CleanupView, HostCleanup, HostCleanupInput } from '../api/activities.ts';
import { PROGRESS_REASONS, type ConditionUpdate } from '../api/conditions.ts';
import { readSealResult } from '../api/seal-result.ts';
import { attemptOfReset } from './decide.ts';
import { isActivityFailure, waitOutActivity } from './failures.ts';
import { CLEANUP, performOrBackOff } from './operations.ts';
import { cluster, clusterQuietly, describeConditions, type RunActivities } from './run-activities.ts';
import { WorkflowRun } from './run.ts';

/** `tries` names the reset, as in a teardown; `clean`: it has ended well in this run. */
type CleanupMemory = { readonly cleanup: HostCleanup; tries?: { attempt: number }; clean: boolean };
type CleanupRun = WorkflowRun<CleanupView, CleanupMemory>;

/**
 * The workflow. May be started at any time, any number of times: it begins by looking, and a host that is clean already
 * says so again. Ends when the host owes nothing any more.
 */
export async function hostCleanup({ cleanup }: HostCleanupInput): Promise<void> {
  const memory: CleanupMemory = { cleanup, clean: false };
  const run = new WorkflowRun({ machine: cleanup.machine, activities: activitiesOf(cleanup), memory, phase: 'Reset' });
  for (;;) {
    try {
      const view = await run.look();
      if (view.settled || (await takeStep(run, view))) return run.enterPhase('Released');
    } catch (error) {
      if (!isActivityFailure(error)) throw error;
      await waitOutActivity(run, error, CLEANUP.condition);
    }
    if (run.mustContinueAsNew()) await continueAsNew<typeof hostCleanup>({ cleanup });
  }
}

/** Answers true when the host is free. */
async function takeStep(run: CleanupRun, view: CleanupView): Promise<boolean> {
  if (await run.waitForRetryTime()) return false;
  const gate = run.memory.clean ? view.freeGate : view.resetGate;
  if (gate) {
    await run.block({ ...CLEANUP.condition, ...gate });
    return false;
  }
  if (!run.memory.clean) {
    await resetHost(run, view);
    return false;
  }
  await settle(run);
  return true;
}

/** As in a teardown: what blocks is named by the host, and tried again ever more rarely. */
async function resetHost(run: CleanupRun, view: CleanupView): Promise<void> {
  const { claim } = run.memory.cleanup;
  const tries = (run.memory.tries ??= { attempt: attemptOfReset(view) ?? 0 });
  const result = await performOrBackOff(run, CLEANUP, { claim, tries, shouldPreempt });
  if (!result) return;
  run.memory.clean = true;
  // Whether its Machine is gone decides when it is free.
  run.forgetSeen();
}

/** The condition first: whoever dies between the two says it once more, and nobody finds a free host called unclean. */
async function settle(run: CleanupRun): Promise<void> {
  const { machine, claim } = run.memory.cleanup;
  const message = `clean of the claim of ${machine.namespace}/${machine.name}, generation ${claim.generation}`;
  await run.report({ ...CLEANUP.condition, status: 'True', reason: PROGRESS_REASONS.clean, message });
  await cluster(`free ${claim.hostName}`).settleCleanup(run.memory.cleanup);
}

/** Nothing of a ByoHost keeps `clusterctl move` back: its next management cluster goes on with the same reset. */
function activitiesOf(cleanup: HostCleanup): RunActivities<CleanupView> {
  const { machine, claim } = cleanup;
  const call = (summary: string) => (activities.isQuiet ? clusterQuietly(summary) : cluster(summary));
  const report = async (conditions: ConditionUpdate[]): Promise<undefined> => {
    await call(describeConditions(conditions)).reportCleanup({ ...cleanup, conditions });
  };
  const activities: RunActivities<CleanupView> = {
    observe: () => call('read what the host owes').observeCleanup(cleanup),
    namesIn: () => ({ host: claim.hostName }),
    report,
    seal: async (order, conditions) => {
      if (conditions.length > 0) await report(conditions);
      const written = await call(`seal reset for ${claim.hostName}`).sealOrder({ machine, ...order });
      const { view: _, ...sealed } = readSealResult(written);
      return sealed;
    },
    letMovePass: async () => undefined,
    isQuiet: false,
    failing: CLEANUP.condition,
  };
  return activities;
}

/** Somebody vouched for the host, or it is gone; a reset that runs there ends by itself, before any other claim. */
function shouldPreempt(view: CleanupView): boolean {
  return view.settled;
}
