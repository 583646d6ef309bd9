// What a program cannot do without: tried until it works, with jitter, and told each time why it does not yet.
import { decideBackoff, type BackoffBounds } from './backoff.ts';
import { describeError } from './errors.ts';
import type { Logger } from './log.ts';
import { rest } from './pause.ts';

const BOUNDS: BackoffBounds = { first: 500, longest: 30_000, surely: 250 };

/** How it is tried; failures count from 1. */
export type Trying = {
  /** Milliseconds before the next try. */
  decidePause: (failures: number, error: unknown) => number;
  onFailure: (error: unknown, pauseMs: number) => void;
  signal?: AbortSignal | undefined;
  /** Waits for so many milliseconds, or until there is news; a timer unless given. */
  wait?: ((ms: number, signal: AbortSignal | undefined, error: unknown) => Promise<void>) | undefined;
};

/** Resolves with the first success. Rejects only when `signal` is aborted, with its reason. */
export async function tryForever<T>(
  attempt: () => Promise<T>,
  { decidePause, onFailure, signal, wait = rest }: Trying,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      const pauseMs = decidePause(failures, error);
      onFailure(error, pauseMs);
      await wait(pauseMs, signal, error);
    }
  }
}

/** `what` is waited for, in the words of the log. */
export type RetryForeverOptions = Pick<Trying, 'signal' | 'wait'> & {
  log: Logger;
  what: string;
  bounds?: BackoffBounds;
};

/** The same for what a program begins with, told in its log. */
export function retryForever<T>(attempt: () => Promise<T>, options: RetryForeverOptions): Promise<T> {
  const { log, what, bounds = BOUNDS, ...trying } = options;
  return tryForever(attempt, {
    ...trying,
    decidePause: (failures) => decideBackoff(bounds, failures, Math.random()),
    onFailure: (error, inMs) => log.warn({ inMs, error: describeError(error) }, `${what} is not ready, trying again`),
  });
}
