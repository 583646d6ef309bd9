// The one error of ours that means something to its reader: what, why, and what a person can do about it.
import type { FailureReason } from '../api/conditions.ts';
import type { StepResult } from '../api/report/operation-result.ts';

/**
 * A failure with a name. `reason` becomes the condition reason and the type of the Temporal failure; `remedy` is what a
 * person can do. `retryable` false means: the same try would fail the same way for ever.
 */
export class ByoError extends Error {
  readonly reason: FailureReason;
  readonly remedy: string;
  readonly retryable: boolean;

  constructor(
    reason: FailureReason,
    message: string,
    options: { remedy: string; retryable: boolean; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ByoError';
    this.reason = reason;
    this.remedy = options.remedy;
    this.retryable = options.retryable;
  }
}

/** An operation on a host that has failed, with how far it came. */
export class OperationError extends ByoError {
  readonly steps: readonly StepResult[];

  constructor(error: ByoError, steps: readonly StepResult[]) {
    const { reason, message, remedy, retryable, cause } = error;
    super(reason, message, { remedy, retryable, cause });
    this.steps = steps;
  }
}

/** Message and remedy in one line, as conditions show them. */
export function describeError(error: unknown): string {
  if (error instanceof ByoError) return `${error.message}. ${error.remedy}`;
  return error instanceof Error ? error.message : String(error);
}

/** Control, format and unassigned characters, and what a reader may take for the end of a line (U+2028, U+2029). */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * One line of `max` characters at most, of what a terminal may show: host and user text is hostile. A line feed in it would
 * forge a line of its own in `kubectl describe` and in logs.
 */
export function printable(text: string, max = 1024): string {
  const clean = text.replace(UNPRINTABLE, ' ').trim();
  return clean.length > max ? `${clean.slice(0, max - 1)}…` : clean;
}
