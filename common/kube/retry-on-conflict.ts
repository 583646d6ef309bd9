// Compare-and-swap again: somebody wrote first, so read anew and decide anew.
import pRetry from 'p-retry';
import { isConflict } from './errors.ts';

/** Runs `attempt` (which must read afresh) up to six times while it ends in a conflict; other errors pass at once. */
export function retryOnConflict<T>(attempt: () => Promise<T>): Promise<T> {
  return pRetry(attempt, {
    retries: 5,
    minTimeout: 20,
    factor: 2,
    randomize: true,
    shouldRetry: ({ error }) => isConflict(error),
  });
}
