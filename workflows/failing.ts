// An activity beside the controller that fails for good, or for two minutes: told, and waited out with an open ear.
import type { ActivityFailure } from '@temporalio/common';
import { patched } from '@temporalio/workflow';
import { MACHINE_CONDITIONS, type ConditionUpdate } from '../api/conditions.ts';
import type { Phase } from '../api/steps.ts';
import { decideActivityPause, decideRetryDelay } from './decide-retry.ts';
import { showDetails } from './details.ts';
import { describeActivityFailure, isActivityFailure, type ActivityTrouble } from './failures.ts';
import { report, sleepUntilNews, type Road } from './road.ts';

type About = Pick<ConditionUpdate, 'type' | 'status'>;

/** The condition that tells of each phase; a machine at rest has none to spoil. */
const TOLD_BY: Partial<Record<Phase, About>> = {
  Claim: { type: MACHINE_CONDITIONS.hostClaimed, status: 'False' },
  Prepare: { type: MACHINE_CONDITIONS.hostPrepared, status: 'False' },
  Bootstrap: { type: MACHINE_CONDITIONS.bootstrapSucceeded, status: 'Unknown' },
  Drain: { type: MACHINE_CONDITIONS.drained, status: 'False' },
  Reset: { type: MACHINE_CONDITIONS.hostReset, status: 'False' },
};

/** Tells of the failure, and waits: for a signal, or for the time of the next try. Whoever comes back looks first. */
export async function waitOutActivity(road: Road, error: ActivityFailure, about?: About): Promise<void> {
  const trouble = describeActivityFailure(error);
  const { named, reason, message } = trouble;
  const pause = decideActivityPause(road.failing + 1);
  road.failures += 1;
  road.retryAt = Date.now() + (named ? decideRetryDelay(road.failures) : pause);
  await tellFailing(road, trouble, about);
  await sleepUntilNews(road, { reason, message }, named ? undefined : pause);
}

/**
 * Says which activity fails, why, and what a person can do: in the current details always, and in a condition if one can be
 * written. What our own activities refuse by name belongs to the phase's condition; anything else to one of its own, which
 * takes nothing back that has come true.
 */
export async function tellFailing(
  road: Road,
  trouble: ActivityTrouble,
  about: About | undefined = TOLD_BY[road.progress.phase],
): Promise<void> {
  const { reason, message } = trouble;
  road.failing += 1;
  showDetails(road, { waiting: { reason, message } });
  // Nobody may have worked on it: a controller that was away for two minutes is no fault, one that stays silent is.
  if (trouble.unheard && road.failing < 2) return;
  const condition = chooseCondition(road, trouble, about);
  if (!condition) return;
  try {
    await report(road, { ...condition, reason, message });
    road.toldFailing ||= condition === road.subject.failing;
  } catch (error) {
    // The cause may be that conditions cannot be written: then current details and the history tell it.
    if (!isActivityFailure(error)) throw error;
  }
}

/** Runs that began before there was a condition for this told a named failure in its phase's condition or not at all. */
function chooseCondition(road: Road, { named }: ActivityTrouble, about: About | undefined): About | undefined {
  if (!named) return road.subject.failing;
  if (about && road.reported.get(about.type)?.status !== 'True') return about;
  return patched('failing-told') ? road.subject.failing : undefined;
}
