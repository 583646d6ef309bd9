// What a program cannot begin without: tried until it works, with jitter, and told each time why it does not yet.
import { setTimeout as delay } from 'node:timers/promises';
import { decideBackoff, type BackoffBounds } from './backoff.ts';
import { describeError } from './errors.ts';
import type { Logger } from './log.ts';

const BOUNDS: BackoffBounds = { first: 500, longest: 30_000, surely: 250 };

/** `what` is waited for, in the words of the log. */
export type RetryForeverOptions = {
  log: Logger;
  what: string;
  signal?: AbortSignal | undefined;
  bounds?: BackoffBounds;
  /** Waits for so many milliseconds, or until there is news; a timer unless given. */
  wait?: ((ms: number, signal?: AbortSignal) => Promise<void>) | undefined;
};

const rest = (ms: number, signal?: AbortSignal): Promise<void> => delay(ms, undefined, signal && { signal });

/** Resolves with the first success. Rejects only when `signal` is aborted. */
export async function retryForever<T>(
  attempt: () => Promise<T>,
  { log, what, signal, bounds = BOUNDS, wait = rest }: RetryForeverOptions,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      const inMs = decideBackoff(bounds, failures, Math.random());
      log.warn({ inMs, error: describeError(error) }, `${what} is not ready, trying again`);
      await wait(inMs, signal);
    }
  }
}
