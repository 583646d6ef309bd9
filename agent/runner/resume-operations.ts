// After a restart of the agent: stops are finished, and what ran runs again or is looked at.
import { describeError, printable } from '../../common/errors.ts';
import { isDiskError, nameDiskError } from '../host/disk-error.ts';
import type { OperationJournal, OperationRecord } from '../journal/operations.ts';
import { decideBackoff } from '../../common/backoff.ts';
import { STEP_BACKOFF } from './keep-trying.ts';
import { recallProgress, recordError } from './recorded-end.ts';
import { createContext } from './execute-operation.ts';
import { createProgress } from './progress.ts';
import { findPlan, type PlansByVerb } from './step.ts';
import { launch, type RunnerScope } from './start-operation.ts';
import type { OperationKey } from '../journal/operation-key.ts';
import type { OperationPlan } from './step.ts';
import { stopOperation } from './stop-operations.ts';

/** As below; a disk that takes no writes is waited for, since nothing of it would be taken up again later. */
export async function keepResuming(scope: RunnerScope, plans: PlansByVerb): Promise<void> {
  const signal = new AbortController().signal;
  for (let failures = 1; ; failures += 1) {
    try {
      return await resumeOperations(scope, plans);
    } catch (thrown) {
      const error = nameDiskError(thrown);
      if (!isDiskError(error)) throw error;
      scope.log.warn({ failures, why: describeError(error) }, 'operations cannot be resumed yet');
      const last = lastOf(scope.journal);
      const said = { reason: error.reason, message: printable(describeError(error)) };
      if (last) scope.onProgress({ ...recallProgress(last), ...said });
    }
    await scope.pace.wait(decideBackoff(STEP_BACKOFF, failures, scope.pace.random()), signal);
  }
}

/** Resolves when everything that can go on does; what waits for its order to come again stays open in the journal. */
async function resumeOperations(scope: RunnerScope, plans: PlansByVerb): Promise<void> {
  const { journal, inputs } = scope;
  for (const { key } of journal.listOperations(['Stopping'])) await stopOperation(scope, key);
  const open = journal.listOperations(['Running']);
  inputs.eraseAllBut(open.map(({ key }) => key));
  for (const { key, input } of open) {
    if (scope.running.find(key)) continue;
    const plan = findPlan(plans, key.operation);
    if (plan) await resume(scope, key, plan, input ?? inputs.read(key));
    else scope.log.error({ ...key }, 'the journal holds an operation that this agent does not know');
  }
  const last = lastOf(journal);
  // A report of its end may have been lost with the agent that should have made it.
  if (last && scope.running.all().length === 0) scope.onProgress(recallProgress(last));
}

function lastOf(journal: OperationJournal): OperationRecord | undefined {
  return journal.listOperations(['Running', 'Stopping', 'Succeeded', 'Failed', 'Stopped']).at(-1);
}

async function resume(
  scope: RunnerScope,
  key: OperationKey,
  plan: OperationPlan<unknown>,
  input: string | undefined,
): Promise<void> {
  if (input === undefined) return lookInterrupted(scope, key, plan);
  scope.log.info({ ...key }, 'operation is resumed');
  launch(scope, key, plan, JSON.parse(input)).catch(() => {
    // Its end is in the journal, and told as progress: the order that comes again is answered from there.
  });
}

/** The arguments went with a reboot: the plan says what has become of the operation. */
async function lookInterrupted(scope: RunnerScope, key: OperationKey, plan: OperationPlan<unknown>): Promise<void> {
  const signal = new AbortController().signal;
  const progress = createProgress(key, {
    onProgress: scope.onProgress,
    now: () => performance.now(),
    awaySeconds: scope.awaySeconds,
  });
  const context = createContext(scope, { key, progress, signal, isReadOnly: false });
  const outcome = (await plan.lookInterrupted?.(context)) ?? { state: 'Resumable' };
  scope.log.info({ ...key, outcome: outcome.state }, 'operation was interrupted');
  if (outcome.state === 'Resumable') return;
  if (outcome.state === 'Failed')
    scope.journal.endOperation(key, { state: 'Failed', error: recordError(outcome.error) });
  else if (outcome.state === 'Stopped') scope.journal.endOperation(key, { state: 'Stopped' });
  else scope.journal.endOperation(key, { state: 'Succeeded', message: `${key.operation} is done` });
}
