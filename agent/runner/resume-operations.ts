// After a restart of the agent: stops are finished, and what ran runs again or is looked at.
import { recallProgress, recordError } from './recorded-end.ts';
import { createContext } from './execute-operation.ts';
import { createProgress } from './progress.ts';
import { findPlan, type PlansByVerb } from './resumable-plans.ts';
import { launch, type RunnerScope } from './start-operation.ts';
import type { OperationKey, OperationPlan } from './step.ts';
import { stopOperation } from './stop-operations.ts';

/** Resolves when everything that can go on does; what waits for its order to come again stays open in the journal. */
export async function resumeOperations(scope: RunnerScope, plans: PlansByVerb): Promise<void> {
  const { journal, inputs } = scope;
  for (const { key } of journal.listOperations(['Stopping'])) await stopOperation(scope, key);
  const open = journal.listOperations(['Running']);
  inputs.eraseAllBut(open.map(({ key }) => key));
  for (const { key, input } of open) {
    const plan = findPlan(plans, key.operation);
    if (plan) await resume(scope, key, plan, input ?? inputs.read(key));
    else scope.log.error({ ...key }, 'the journal holds an operation that this agent does not know');
  }
  const last = journal.listOperations(['Running', 'Succeeded', 'Failed', 'Stopped']).at(-1);
  // A report of its end may have been lost with the agent that should have made it.
  if (last && scope.running.all().length === 0) scope.onProgress(recallProgress(last));
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
  const progress = createProgress(key, { emit: scope.onProgress, now: () => performance.now() });
  const context = createContext(scope, { key, progress, signal, isReadOnly: false });
  const outcome = (await plan.lookInterrupted?.(context)) ?? { state: 'Resumable' };
  scope.log.info({ ...key, outcome: outcome.state }, 'operation was interrupted');
  if (outcome.state === 'Resumable') return;
  if (outcome.state === 'Failed')
    scope.journal.endOperation(key, { state: 'Failed', error: recordError(outcome.error) });
  else if (outcome.state === 'Stopped') scope.journal.endOperation(key, { state: 'Stopped' });
  else scope.journal.endOperation(key, { state: 'Succeeded', message: `${key.operation} is done` });
}
