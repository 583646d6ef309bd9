// What went wrong in an activity, in plain words: the shape on which decisions are made.
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  defaultPayloadConverter,
  TimeoutFailure,
  type Payload,
} from '@temporalio/common';
import { FAILURE_REASONS } from '../api/conditions.ts';

/** `offline`: no host took the task in time. Otherwise `reason` is the type of the failure, as activities name it. */
export type Failure = { offline: boolean; reason: string; message: string };

const UNNAMED = 'StepFailed';

/** True for a failed activity that was not cancelled: everything else is not ours to wait out. */
export function isActivityFailure(error: unknown): error is ActivityFailure {
  return error instanceof ActivityFailure && !(error.cause instanceof CancelledFailure);
}

/** Reason, and message with its remedy (first detail of the failure). */
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
  return { offline: false, reason: conditionReason(cause.type), message };
}

/** A condition's reason must look like one; an error class or a library's code is no reason. */
function conditionReason(type: string | null | undefined): string {
  return type && /^[A-Z][A-Za-z0-9]{2,63}$/.test(type) && !type.endsWith('Error') ? type : UNNAMED;
}

/** `named`: one of our own refusals. `unheard`: it only timed out, so that perhaps nobody worked on it. */
export type ActivityTrouble = { named: boolean; unheard: boolean; reason: string; message: string };

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
