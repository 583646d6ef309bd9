// Waiting between tries: full jitter, so that a fleet that lost its server together does not come back together.
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds. */
export type BackOff = { least: number; most: number };

/** A random time up to `least` doubled for every failed try, at most `most`; `random` in [0, 1). Pure but for its default. */
export function decideDelay({ least, most }: BackOff, failures: number, random = Math.random()): number {
  return Math.round(Math.min(most, least * 2 ** Math.min(failures, 16)) * random);
}

/** Tries for ever until it succeeds or the signal aborts (then throws its reason). */
export async function retryForever<Value>(
  attempt: () => Promise<Value>,
  options: BackOff & { signal: AbortSignal; onFailure(error: unknown, waitMilliseconds: number): void },
): Promise<Value> {
  for (let failures = 0; ; failures += 1) {
    options.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      options.signal.throwIfAborted();
      const wait = decideDelay(options, failures);
      options.onFailure(error, wait);
      await delay(wait, undefined, { signal: options.signal });
    }
  }
}
