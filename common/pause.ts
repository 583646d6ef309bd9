// Waiting that ends when it is no longer wanted.
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after so many milliseconds, or once the signal aborts: whoever goes on asks the signal. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  // The only rejection is the abort that ends it.
  await delay(ms, undefined, signal && { signal }).catch(() => undefined);
}

/** The same for who does not go on then. @throws the reason why the signal was aborted, which the timer's own error hides */
export async function rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await pause(ms, signal);
  signal?.throwIfAborted();
}
