// An activity beside the controller that fails for good, or for two minutes: told, and waited out with an open ear.
import type { ActivityFailure } from '@temporalio/common';
import { MACHINE_CONDITIONS, type ConditionUpdate } from '../api/conditions.ts';
import type { Phase } from '../api/steps.ts';
import { decideActivityPause } from './decide-retry.ts';
import { describeActivityFailure, isActivityFailure, type ActivityTrouble } from './failures.ts';
import type { WorkflowRun } from './run.ts';

type About = Pick<ConditionUpdate, 'type' | 'status'>;

/** The condition that tells of each phase; a machine at rest has none to spoil. */
const CONDITION_OF_PHASE: Partial<Record<Phase, About>> = {
  Claim: { type: MACHINE_CONDITIONS.hostClaimed, status: 'False' },
  Prepare: { type: MACHINE_CONDITIONS.hostPrepared, status: 'False' },
  Bootstrap: { type: MACHINE_CONDITIONS.bootstrapSucceeded, status: 'Unknown' },
  Drain: { type: MACHINE_CONDITIONS.drained, status: 'False' },
  Reset: { type: MACHINE_CONDITIONS.hostReset, status: 'False' },
};

/**
 * Tells of the failure, and waits: for a signal, or for the time of the next try. Whoever comes back looks first. What a
 * right waits for may come without a signal: the report of a host on a slow link.
 */
export async function waitOutActivity(run: WorkflowRun, error: ActivityFailure, about?: About): Promise<void> {
  const trouble = describeActivityFailure(error);
  const { named, reason, message } = trouble;
  const pause = decideActivityPause(run.failing + 1);
  run.countFailure(named ? undefined : pause);
  await tellFailing(run, trouble, about);
  await run.sleep({ reason, message }, pause);
}

/**
 * Says which activity fails, why, and what a person can do: in the current details always, and in a condition if one can be
 * written. What our own activities refuse by name belongs to the phase's condition; anything else to one of its own, which
 * takes nothing back that has come true.
 */
export async function tellFailing(
  run: WorkflowRun,
  trouble: ActivityTrouble,
  about: About | undefined = CONDITION_OF_PHASE[run.details.progress.phase],
): Promise<void> {
  const { reason, message } = trouble;
  run.failing += 1;
  run.show({ waiting: { reason, message } });
  // Nobody may have worked on it: a controller that was away for two minutes is no fault, one that stays silent is.
  if (trouble.unheard && run.failing < 2) return;
  const condition = chooseCondition(run, trouble, about);
  try {
    await run.report({ ...condition, reason, message });
    run.toldFailing ||= condition === run.activities.failing;
  } catch (error) {
    // The cause may be that conditions cannot be written: then current details and the history tell it.
    if (!isActivityFailure(error)) throw error;
  }
}

function chooseCondition(run: WorkflowRun, { named }: ActivityTrouble, about: About | undefined): About {
  if (!named || !about || run.told.of(about.type)?.status === 'True') return run.activities.failing;
  return about;
}
