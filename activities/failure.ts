// The one place where our errors become Temporal failures: `type` is the reason, the remedy travels as a detail.
import { ApplicationFailure } from '@temporalio/common';
import type { FailureSteps } from '../api/report/operation-result.ts';
import { ByoError, describeError, OperationError } from '../common/errors.ts';

/**
 * `type` = reason of the ByoError (the workflow decides by it), `nonRetryable` = the same try would fail the same way,
 * `details[0]` = remedy, `details[1]` = steps of an operation. Other errors of ours and of libraries stay retryable, less those that are `unchanging`; their
 * cause is left out, since it may quote what must not stand in a history.
 */
export function toFailure(error: unknown, options: { unchanging?: boolean } = {}): Error {
  if (error instanceof ByoError) {
    return ApplicationFailure.create({
      type: error.reason,
      message: error.message,
      nonRetryable: !error.retryable,
      details: [error.remedy, ...stepsIn(error)],
    });
  }
  // Cancellation and asynchronous completion are Temporal's own words and pass through.
  if (error instanceof Error && /^(CancelledFailure|ApplicationFailure|CompleteAsyncError)$/.test(error.name)) {
    return error;
  }
  const type = error instanceof Error ? error.name : 'Error';
  return ApplicationFailure.create({
    type,
    message: describeError(error),
    nonRetryable: options.unchanging === true && UNCHANGING.has(type),
  });
}

function stepsIn(error: ByoError): FailureSteps[] {
  return error instanceof OperationError && error.steps.length > 0 ? [{ steps: [...error.steps] }] : [];
}

/** Faults of a program, and objects that cannot be read: the same input fails the same way until somebody mends it. */
const UNCHANGING: ReadonlySet<string> = new Set([
  'ZodError',
  'InvalidObjectError',
  'TypeError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'AssertionError',
]);

/**
 * The function as an activity beside the controller: same arguments and result, errors mapped by `toFailure`. What a try
 * cannot mend is not tried again by Temporal, but told by the workflow, which looks anew when somebody has mended it.
 */
export function asActivity<A extends unknown[], R>(run: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await run(...args);
    } catch (error) {
      throw toFailure(error, { unchanging: true });
    }
  };
}
