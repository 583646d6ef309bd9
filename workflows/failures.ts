// What went wrong in an activity, in plain words; and one beside the controller that fails for good, or for two minutes: told,
// and waited out with an open ear.
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  defaultPayloadConverter,
  TimeoutFailure,
  type Payload,
} from '@temporalio/common';
import { FAILURE_REASONS, MACHINE_CONDITIONS, type ConditionUpdate } from '../api/conditions.ts';
import type { Reason } from '../api/reasons/reason.ts';
import type { Phase } from '../api/steps.ts';
import { decideActivityPause, type Failure } from './decide.ts';
import type { WorkflowRun } from './run.ts';

const UNNAMED = 'StepFailed';

/** True for a failed activity that was not cancelled: everything else is not ours to wait out. */
export function isActivityFailure(error: unknown): error is ActivityFailure {
  return error instanceof ActivityFailure && !(error.cause instanceof CancelledFailure);
}

/** Reason, message with its remedy (first detail of the failure), and steps (second). */
export function describeFailure(error: ActivityFailure): Failure {
  const { cause } = error;
  if (cause instanceof TimeoutFailure) {
    const offline = cause.timeoutType === 'SCHEDULE_TO_START';
    return { offline, reason: 'TimedOut', message: `${error.activityType} timed out (${cause.timeoutType})` };
  }
  if (!(cause instanceof ApplicationFailure)) {
    return { offline: false, reason: UNNAMED, message: cause?.message ?? error.message };
  }
  const remedy = cause.details?.[0];
  const message = typeof remedy === 'string' ? `${cause.message}. ${remedy}` : cause.message;
  return { offline: false, reason: conditionReason(cause.type), message, ...stepsIn(cause.details?.[1]) };
}

/** How far the operation came, where its host and its gateway say so; whatever it is, it is only shown. */
function stepsIn(detail: unknown): Pick<Failure, 'steps'> {
  return typeof detail === 'object' && detail !== null && 'steps' in detail ? { steps: detail.steps } : {};
}

/** A condition's reason must look like one; an error class or a library's code is no reason. */
function conditionReason(type: string | null | undefined): string {
  return type && /^[A-Z][A-Za-z0-9]{2,63}$/.test(type) && !type.endsWith('Error') ? type : UNNAMED;
}

/** `named`: one of our own refusals. `unheard`: it only timed out, so that perhaps nobody worked on it. */
export type ActivityTrouble = Reason & { named: boolean; unheard: boolean };

const NAMES: ReadonlySet<string> = new Set(Object.values(FAILURE_REASONS));

const REMEDY =
  "It is tried again. See the controller's log, its rights (deploy/rbac.yaml) and whether the API server answers";

/** A failed activity beside the controller: which one, its last cause, and what a person can do. */
export function describeActivityFailure(error: ActivityFailure): ActivityTrouble {
  const failed = lastCause(error);
  const { activityType } = error;
  if (!failed) {
    const message = `${activityType} timed out. ${REMEDY}`;
    return { named: false, unheard: true, reason: FAILURE_REASONS.activityFailing, message };
  }
  const { type, message, remedy } = failed;
  if (NAMES.has(type)) {
    return { named: true, unheard: false, reason: type, message: remedy ? `${message}. ${remedy}` : message };
  }
  const cause = `${type}: ${message}`.replace(/\s+/g, ' ').slice(0, 800);
  const told = `${activityType} fails: ${cause}. ${REMEDY}`;
  return { named: false, unheard: false, reason: FAILURE_REASONS.activityFailing, message: told };
}

type LastTry = { type: string; message: string; remedy?: string };

/** What the last try said, also of an activity whose time was over: the SDK drops that cause, and keeps what the server sent. */
function lastCause({ cause }: ActivityFailure): LastTry | undefined {
  if (cause instanceof ApplicationFailure) return lastTry(cause.type, cause.message, cause.details?.[0]);
  const sent = cause instanceof TimeoutFailure ? cause.failure?.cause : undefined;
  const info = sent?.applicationFailureInfo;
  return info ? lastTry(info.type, sent?.message, firstDetail(info.details?.payloads)) : undefined;
}

function firstDetail(payloads: Payload[] | null | undefined): unknown {
  const first = payloads?.[0];
  return first && defaultPayloadConverter.fromPayload(first);
}

function lastTry(type: string | null | undefined, message: string | null | undefined, remedy: unknown): LastTry {
  return { type: type ?? 'Error', message: message ?? '', ...(typeof remedy === 'string' && { remedy }) };
}

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
