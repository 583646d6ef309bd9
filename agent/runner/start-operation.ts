// Start, attach or answer: whether an order is obeyed is decided, and its operation written down, without a pause in between,
// so that two orders cannot both start.
import type { OperationResult } from '../../api/activities.ts';
import type { OperationProgress } from '../../api/report/reported-host.ts';
import type { StepResult } from '../../api/report/operation-result.ts';
import type { Verb } from '../../api/steps.ts';
import { ByoError, OperationError } from '../../common/errors.ts';
import { isSameClaim, type Claim, type ClaimState } from '../journal/claims.ts';
import type { Journal } from '../journal/journal.ts';
import type { OperationKey } from '../journal/operation-key.ts';
import type { OperationRecord } from '../journal/operations.ts';
import { executeOperation, type ExecutionScope } from './execute-operation.ts';
import { createProgress } from './progress.ts';
import { errorOf, inOrder, resultOf, stoppedError } from './recorded-end.ts';
import type { OperationPlan } from './step.ts';

export type RunnerScope = ExecutionScope & {
  onProgress: (progress: OperationProgress) => void;
  /** How long the gateway has been out of reach in the life of this agent. */
  awaySeconds: () => number;
};

/** What an order says of itself, in clear. */
export type ClaimOrder = Claim & { verb: Verb };

/** `AlreadyClean` answers the reset of a generation that a reset has closed. */
export type Authority =
  { decision: 'Proceed' } | { decision: 'Open' } | { decision: 'AlreadyClean' } | { decision: 'Conflict'; why: string };

/** Pure. A host in doubt does nothing but report: everything that is not plainly right is a conflict. */
export function decideAuthority(state: ClaimState, order: ClaimOrder): Authority {
  const isClosed = state.closed.some((claim) => isSameClaim(claim, order));
  if (isClosed && order.verb === 'reset') return { decision: 'AlreadyClean' };
  if (isClosed) return conflict('its generation has been closed by a reset');
  if (state.open) return decideWithOpenClaim(state.open, state.resetting, order);
  if (order.generation > state.highest) return { decision: 'Open' };
  return conflict(`generation ${order.generation} is not above ${state.highest}, the highest this host has seen`);
}

function decideWithOpenClaim(open: Claim, resetting: boolean, order: ClaimOrder): Authority {
  if (!isSameClaim(open, order)) {
    return conflict(`the host is claimed by ${open.incarnation} in generation ${open.generation}`);
  }
  if (resetting && order.verb !== 'reset') return conflict('its claim is being reset');
  return { decision: 'Proceed' };
}

function conflict(why: string): Authority {
  return { decision: 'Conflict', why };
}

/**
 * Whether the host obeys this order; opens its claim when it may. `AlreadyClean`: the reset of a generation that has been
 * closed. @throws ByoError `ClaimConflict` for everything else
 */
export function authorize(journal: Journal, order: ClaimOrder): 'Authorized' | 'AlreadyClean' {
  const { incarnation, generation } = order;
  const decided = decideAuthority(journal.readClaims(), order);
  if (decided.decision === 'AlreadyClean') return 'AlreadyClean';
  if (decided.decision === 'Conflict')
    throw claimConflict(`the order for ${incarnation}, generation ${generation},`, decided.why);
  if (decided.decision === 'Open') journal.openClaim({ incarnation, generation });
  return 'Authorized';
}

function claimConflict(what: string, why: string): ByoError {
  return new ByoError('ClaimConflict', `${what} is refused: ${why}`, {
    remedy: 'The host is quarantined until the management cluster says which claim is right',
    retryable: false,
  });
}

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

/** Pure: the recorded end of an operation, or undefined when it may run: it is new, or it was cut. What ended stays ended. */
export function decideRecordedEnd(
  record: OperationRecord | undefined,
  steps: StepResult[] = [],
): { result: OperationResult } | { error: ByoError } | undefined {
  if (!record || record.state === 'Running') return undefined;
  if (record.state === 'Succeeded') return { result: resultOf(record.key, record.message, steps) };
  const error = record.state === 'Failed' ? errorOf(record.error) : stoppedError(record.key);
  return { error: new OperationError(error, steps) };
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
  const { onProgress, awaySeconds } = scope;
  const progress = createProgress(key, { onProgress, now: () => performance.now(), awaySeconds });
  const promise = executeOperation({ scope, key, plan, input, signal: stop.signal, progress });
  scope.running.add({ key, isReadOnly: plan.isReadOnly ?? false, promise, stop, progress });
  return promise;
}

/** Orders were authorized before; what has changed since then (a reset that began) counts. */
function checkClaim({ journal }: RunnerScope, key: OperationKey, isReset: boolean): void {
  const { incarnation, generation } = key;
  const order = { incarnation, generation, verb: isReset ? ('reset' as const) : ('join' as const) };
  const decided = decideAuthority(journal.readClaims(), order);
  if (decided.decision === 'Proceed') return;
  throw claimConflict(key.operation, decided.decision === 'Conflict' ? decided.why : 'its claim is not open');
}

function checkIdle({ running }: RunnerScope, key: OperationKey): void {
  const other = running.mutating();
  if (!other) return;
  throw new ByoError('HostBusy', `${key.operation} waits: ${other.key.operation} is changing the host`, {
    remedy: 'It is tried again when the other operation has ended',
    retryable: true,
  });
}
