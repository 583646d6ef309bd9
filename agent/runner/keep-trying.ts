// Again after every failure that may pass, for as long as it takes, saying why.
import { decideBackoff, type BackoffBounds } from '../../common/backoff.ts';
import { ByoError, describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { nameDiskError } from '../host/disk-error.ts';
import type { Progress } from './progress.ts';
import type { StepContext } from './step.ts';

/** What time and chance are to the runner; tests have their own. */
export type Pace = {
  /** Rejects with the signal's reason when aborted. */
  wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  random: () => number;
};

/** Never less than a second: what holds a step up (a lock, a service that starts) is seldom gone sooner. */
export const STEP_BACKOFF: BackoffBounds = { first: 2000, longest: 30_000, surely: 1000 };

/** What is tried, and where it is told. */
type Trying = { context: StepContext; progress: Progress; pace: Pace; log: Logger };

/**
 * Tries for ever, saying why it waits: whatever is not known to fail in the same way for ever may pass. That holds for
 * writes of the journal too, since every attempt may be begun again from its look.
 */
export async function keepTrying(
  { context, progress, pace, log }: Trying,
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
