// One operation from its intent, which is already in the journal, to its recorded end. Its steps come one after the other:
// look, intent, act, result; again after every failure that may pass.
import type { OperationResult } from '../../api/activities.ts';
import { ByoError, describeError, OperationError, printable } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';
import { createLedger } from '../ledger/machine-ledger.ts';
import type { Logger } from '../../common/log.ts';
import type { Claim } from '../journal/claims.ts';
import { keepTrying, type Pace } from './keep-trying.ts';
import type { Progress } from './progress.ts';
import { inOrder, recordError, resultOf } from './recorded-end.ts';
import type { OperationKey } from '../journal/operation-key.ts';
import type { OperationJournal } from '../journal/operations.ts';
import type { StepJournal } from '../journal/steps.ts';
import type { OperationPlan, Step, StepContext } from './step.ts';
import { forgetOtherUnits, stopOperations, type StopScope } from './stop-operations.ts';

/** One run of one operation. `journal` is absent for what only reads: it is never answered from there. */
type StepRun<Arguments> = {
  plan: OperationPlan<Arguments>;
  input: Arguments;
  context: StepContext;
  journal?: StepJournal & OperationJournal;
  progress: Progress;
  boot: string;
  pace: Pace;
  log: Logger;
};

export type ExecutionScope = StopScope & {
  log: Logger;
  pace: Pace;
  prepareClaim: (claim: Claim) => Promise<void>;
};

export type Execution<Arguments> = {
  scope: ExecutionScope;
  key: OperationKey;
  plan: OperationPlan<Arguments>;
  input: Arguments;
  signal: AbortSignal;
  progress: Progress;
};

/** @throws ByoError as the operation ended; the signal's reason when it was stopped: then the stop writes the end */
export async function executeOperation<Arguments>(execution: Execution<Arguments>): Promise<OperationResult> {
  const { scope, key, plan, input, signal, progress } = execution;
  const run: StepRun<Arguments> = {
    plan,
    input,
    context: createContext(scope, { key, progress, signal, isReadOnly: plan.isReadOnly ?? false }),
    ...(plan.isReadOnly ? {} : { journal: scope.journal }),
    progress,
    boot: await scope.host.bootMarker(),
    pace: scope.pace,
    log: scope.log,
  };
  scope.log.info({ ...key }, 'operation runs');
  try {
    if (plan.stopsOthers) await keepTrying(run, () => stopOthers(scope, key));
    if (takesBaseline(plan)) await keepTrying(run, () => scope.prepareClaim(key));
    await runSteps(run);
  } catch (error) {
    return fail(execution, run, error);
  }
  return succeed(execution, run);
}

/** Ends when all steps are done. @throws ByoError that cannot be retried; the signal's reason when stopped */
async function runSteps<Arguments>(run: StepRun<Arguments>): Promise<void> {
  for (const step of run.plan.steps) {
    const known = run.journal?.findStep(run.context.key, step.name);
    // Of another boot its effect may be gone (modules, sysctls, /run): then it is looked at again.
    if (known?.state === 'Done' && known.boot === run.boot) continue;
    await keepTrying(run, (failures) => attemptStep(run, step, failures));
  }
}

async function attemptStep<Arguments>(run: StepRun<Arguments>, step: Step<Arguments>, failures: number): Promise<void> {
  const { context, input, journal, progress, boot } = run;
  const earlier = journal?.findStep(context.key, step.name)?.attempt ?? failures;
  progress.begin(step.name, earlier + 1);
  if (!(await step.look(context, input))) {
    context.signal.throwIfAborted();
    journal?.intendStep(context.key, step.name, boot);
    await step.act(context, input);
    // An act that let go of its unit because of a stop has not made its effect.
    context.signal.throwIfAborted();
  }
  journal?.finishStep(context.key, step.name, boot, progress.counts());
}

async function succeed<Arguments>(
  { scope, key, plan, input, progress }: Execution<Arguments>,
  run: StepRun<Arguments>,
): Promise<OperationResult> {
  const message = describeSuccess(key, progress.conclusion());
  // Before the end is written: the journal of a claim that is closed may be forgotten.
  const steps = inOrder(plan, run.journal?.listSteps(key));
  const closesGeneration = plan.closesGeneration?.(input) ?? false;
  if (!plan.isReadOnly) {
    await keepTrying(run, () => scope.journal.endOperation(key, { state: 'Succeeded', message, closesGeneration }));
    scope.inputs.erase(key);
  }
  progress.end('Succeeded', message);
  scope.log.info({ ...key, conclusion: progress.conclusion() }, 'operation is done');
  return resultOf(key, message, steps);
}

/** What a reset finds may be a node's of which the journal has lost its memory: that is no baseline. */
function takesBaseline<Arguments>({ isReadOnly, stopsOthers }: OperationPlan<Arguments>): boolean {
  return !isReadOnly && !stopsOthers;
}

function describeSuccess({ operation }: OperationKey, conclusion: string | undefined): string {
  return printable(conclusion === undefined ? `${operation} is done` : `${operation} is done: ${conclusion}`);
}

async function fail<Arguments>(
  { scope, key, plan, signal, progress }: Execution<Arguments>,
  run: StepRun<Arguments>,
  error: unknown,
): Promise<never> {
  if (signal.aborted) {
    progress.end('Stopped', describeError(signal.reason));
    throw signal.reason;
  }
  if (!(error instanceof ByoError)) throw error;
  scope.log.error({ ...key, step: progress.current().step, why: describeError(error) }, 'operation failed');
  if (!plan.isReadOnly) {
    await keepTrying(run, () => recordFailure(run, error));
    scope.inputs.erase(key);
  }
  progress.end('Failed', describeError(error));
  throw new OperationError(error, inOrder(plan, run.journal?.listSteps(key)));
}

/** The step first: an operation that has ended tells where. */
function recordFailure<Arguments>({ context, journal, progress, boot }: StepRun<Arguments>, error: ByoError): void {
  const { step } = progress.current();
  if (step !== undefined) journal?.failStep(context.key, step, boot, progress.counts());
  journal?.endOperation(context.key, { state: 'Failed', error: recordError(error) });
}

async function stopOthers(scope: StopScope, reset: OperationKey): Promise<void> {
  await stopOperations(scope, reset);
  await forgetOtherUnits(scope, reset);
}

/** The world as the steps of one operation see it. */
export function createContext(
  { journal, host }: Pick<StopScope, 'journal' | 'host'>,
  options: { key: OperationKey; progress: Progress; signal: AbortSignal; isReadOnly: boolean },
): StepContext {
  const { key, progress, signal, isReadOnly } = options;
  const recorded: Host = {
    ...host,
    async runUnit(command, unitSignal) {
      signal.throwIfAborted();
      // Before it starts, so that a stop after a restart of the agent finds it.
      journal.recordUnit(key, command.unit);
      return host.runUnit(command, unitSignal);
    },
  };
  return {
    key,
    host: isReadOnly ? host : recorded,
    ledger: createLedger({ journal, host, claim: key }),
    report: (update) => progress.update(update),
    signal,
  };
}
