// What went wrong in an activity, in plain words: the shape on which decisions are made.
import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';

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
