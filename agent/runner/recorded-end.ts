// How the end of an operation is written into the journal, and read from it.
import type { OperationResult } from '../../api/activities.ts';
import type { StepResult } from '../../api/report/operation-result.ts';
import type { OperationProgress } from '../../api/report/reported-host.ts';
import { ByoError, describeError, printable } from '../../common/errors.ts';
import type { OperationRecord, RecordedError } from '../journal/operations.ts';
import type { OperationKey } from '../journal/operation-key.ts';

/** `steps`: how they went, where the journal knows. */
export function resultOf(
  { operation, generation }: OperationKey,
  message: string,
  steps: StepResult[] = [],
): OperationResult {
  return { operation, generation, message, ...(steps.length > 0 && { steps }) };
}

/** The journal keeps them by name. */
export function inOrder({ steps }: { steps: readonly { name: string }[] }, done: StepResult[] = []): StepResult[] {
  return steps.flatMap(({ name }) => done.filter(({ step }) => step === name));
}

/** The error of an operation that was stopped; also the reason with which its signal is aborted. */
export function stoppedError({ operation }: OperationKey): ByoError {
  return new ByoError('OperationStopped', `${operation} was stopped`, {
    remedy: 'A reset follows, or a new attempt is ordered under another name',
    retryable: false,
  });
}

/** Messages are bounded and printable before they are written down. */
export function recordError(error: ByoError): RecordedError {
  return { reason: error.reason, message: printable(error.message), remedy: printable(error.remedy) };
}

export function errorOf(recorded: RecordedError | undefined): ByoError {
  const { reason, message, remedy } = recorded ?? { reason: 'StepFailed' as const, message: 'it failed', remedy: '' };
  return new ByoError(reason, message, { remedy, retryable: false });
}

/** What an agent that has just started says of the operation that ran last. */
export function recallProgress(record: OperationRecord): OperationProgress {
  const state = record.state === 'Stopping' ? 'Running' : record.state;
  const message = record.error ? describeError(errorOf(record.error)) : record.message;
  const { operation, generation } = record.key;
  return { operation, generation, state, ...(message && { message: printable(message) }) };
}
