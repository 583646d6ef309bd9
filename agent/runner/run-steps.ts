// The steps of one operation, one after the other: look, intent, act, result; again after every failure that may pass.
import { ByoError, describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import type { StepJournal } from '../journal/steps.ts';
import { nameDiskError } from '../host/disk-error.ts';
import { decideBackoff } from '../../common/backoff.ts';
import { STEP_BACKOFF } from './step-backoff.ts';
import type { Progress } from './progress.ts';
import type { OperationPlan, Step, StepContext } from './step.ts';

/** What time and chance are to the runner; tests have their own. */
export type Pace = {
  /** Rejects with the signal's reason when aborted. */
  wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  random: () => number;
};

/** One run of one operation. `journal` is absent for what only reads: it is never answered from there. */
export type StepRun<Arguments> = {
  plan: OperationPlan<Arguments>;
  input: Arguments;
  context: StepContext;
  journal?: StepJournal;
  progress: Progress;
  boot: string;
  pace: Pace;
  log: Logger;
};

/** Ends when all steps are done. @throws ByoError that cannot be retried; the signal's reason when stopped */
export async function runSteps<Arguments>(run: StepRun<Arguments>): Promise<void> {
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
  journal?.finishStep(context.key, step.name, boot);
}

/**
 * Tries for ever, saying why it waits: whatever is not known to fail in the same way for ever may pass. That holds for
 * writes of the journal too, since every attempt may be begun again from its look.
 */
export async function keepTrying<Arguments>(
  { context, progress, pace, log }: Pick<StepRun<Arguments>, 'context' | 'progress' | 'pace' | 'log'>,
  attempt: (failures: number) => Promise<void> | void,
): Promise<void> {
  for (let failures = 0; ;) {
    context.signal.throwIfAborted();
    try {
      return await attempt(failures);
    } catch (thrown) {
      context.signal.throwIfAborted();
      const error = nameDiskError(thrown);
      if (error instanceof ByoError && !error.retryable) throw error;
      failures += 1;
      log.warn({ ...context.key, step: progress.current().step, failures, why: describeError(error) }, 'waiting');
      progress.update({ message: describeError(error), ...(error instanceof ByoError && { reason: error.reason }) });
    }
    await pace.wait(decideBackoff(STEP_BACKOFF, failures, pace.random()), context.signal);
  }
}
