// What a program cannot begin without: tried until it works, with jitter, and told each time why it does not yet.
import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from '../errors.ts';
import type { Logger } from '../log.ts';

const LONGEST_MS = 30_000;

/** Resolves with the first success. Rejects only when `signal` is aborted. */
export async function retryForever<T>(
  attempt: () => Promise<T>,
  { log, what, signal }: { log: Logger; what: string; signal: AbortSignal },
): Promise<T> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ error: describeError(error) }, `${what} is not ready, trying again`);
      await delay(Math.min(LONGEST_MS, 500 * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2), undefined, {
        signal,
      });
    }
  }
}
