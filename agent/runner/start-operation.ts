// Start, attach or answer: decided and written down without a pause in between, so that two orders cannot both start.
import type { OperationResult } from '../../api/activities.ts';
import type { OperationProgress } from '../../api/report/reported-host.ts';
import { ByoError } from '../../common/errors.ts';
import { decideAdmission } from './decide-admission.ts';
import { executeOperation, type ExecutionScope } from './execute-operation.ts';
import { createProgress } from './progress.ts';
import { decideRecordedEnd, inOrder } from './recorded-end.ts';
import type { OperationKey } from '../journal/operation-key.ts';
import type { OperationPlan } from './step.ts';

export type RunnerScope = ExecutionScope & { onProgress: (progress: OperationProgress) => void };

/** Synchronous up to the promise it returns. Rejects with ByoError. */
export async function attachOrStart<Arguments>(
  scope: RunnerScope,
  key: OperationKey,
  plan: OperationPlan<Arguments>,
  input: Arguments,
): Promise<OperationResult> {
  const running = scope.running.find(key);
  if (running) return running.promise;
  if (plan.isReadOnly) return launch(scope, key, plan, input);
  const { journal } = scope;
  const ended = decideRecordedEnd(journal.findOperation(key), inOrder(plan, journal.listSteps(key)));
  if (ended && 'result' in ended) return ended.result;
  if (ended) throw ended.error;
  checkClaim(scope, key, plan.stopsOthers ?? false);
  if (!plan.stopsOthers) checkIdle(scope, key);
  writeIntent(scope, key, plan, input);
  return launch(scope, key, plan, input);
}

/** The arguments first: an operation that is in the journal without them could only be looked at. */
function writeIntent<Arguments>(
  { journal, inputs }: RunnerScope,
  key: OperationKey,
  plan: OperationPlan<Arguments>,
  input: Arguments,
): void {
  const text = JSON.stringify(input);
  const isJournaled = plan.keepsInput === 'journal';
  if (!isJournaled) inputs.keep(key, text);
  const closing = plan.closesGeneration?.(input) ?? false;
  journal.beginOperation(key, { closing, ...(isJournaled && { input: text }) });
}

/** Runs what is already in the journal. */
export function launch<Arguments>(
  scope: RunnerScope,
  key: OperationKey,
  plan: OperationPlan<Arguments>,
  input: Arguments,
): Promise<OperationResult> {
  const stop = new AbortController();
  const progress = createProgress(key, { emit: scope.onProgress, now: () => performance.now() });
  const promise = executeOperation({ scope, key, plan, input, signal: stop.signal, progress });
  scope.running.add({ key, isReadOnly: plan.isReadOnly ?? false, promise, stop, progress });
  return promise;
}

/** Orders were admitted before; what has changed since then (a reset that began) counts. */
function checkClaim({ journal }: RunnerScope, key: OperationKey, isReset: boolean): void {
  const { incarnation, generation } = key;
  const order = { incarnation, generation, verb: isReset ? ('reset' as const) : ('join' as const) };
  const decided = decideAdmission(journal.readClaims(), order);
  if (decided.decision === 'Proceed') return;
  const why = decided.decision === 'Conflict' ? decided.why : 'its claim is not open';
  throw new ByoError('ClaimConflict', `${key.operation} is refused: ${why}`, {
    remedy: 'The host is quarantined until the management cluster says which claim is right',
    retryable: false,
  });
}

function checkIdle({ running }: RunnerScope, key: OperationKey): void {
  const other = running.mutating();
  if (!other) return;
  throw new ByoError('HostBusy', `${key.operation} waits: ${other.key.operation} is changing the host`, {
    remedy: 'It is tried again when the other operation has ended',
    retryable: true,
  });
}
