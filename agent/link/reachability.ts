// Whether the gateway can be reached, known to all who wait for it: the first of them to get through wakes the others, and so
// does a new certificate.
import { setTimeout as delay } from 'node:timers/promises';
import type { Dial } from './dial.ts';

/**
 * The tunnel, the reports and a download wait each on a clock of its own, so that the gateway sees one of them at a time;
 * what one learns holds for all. Only a connection made after one that failed wakes anybody: a gateway that takes every
 * call and drops it is no reason to call faster.
 */
export class Reachability {
  readonly #sleepers = new Set<AbortController>();
  /** Since when, by the monotonic clock, no dial got through. */
  #awaySince: number | undefined;
  #awayMs = 0;
  #renewals = 0;
  #wakes = 0;

  /** Waits for so many milliseconds, or until the gateway can be reached again. @throws the abort of `signal` */
  async wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const awake = new AbortController();
    this.#sleepers.add(awake);
    try {
      await delay(milliseconds, undefined, { signal: signal ? AbortSignal.any([signal, awake.signal]) : awake.signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (!awake.signal.aborted) throw error;
    } finally {
      this.#sleepers.delete(awake);
    }
  }

  /** The same dial, whose end is noted here. A dial that its caller gave up says nothing. */
  watch(dial: Dial): Dial {
    return async (protocol, signal) => {
      try {
        const socket = await dial(protocol, signal);
        this.#tellReached();
        return socket;
      } catch (error) {
        if (!signal?.aborted) this.#awaySince ??= performance.now();
        throw error;
      }
    };
  }

  /** How often waits were ended: a wait that was drawn before the last time, and has not begun, is over as well. */
  get wakes(): number {
    return this.#wakes;
  }

  /** How long the gateway has been out of reach in the life of this process: from a dial that failed to one that did not. */
  get awaySeconds(): number {
    const present = this.#awaySince === undefined ? 0 : performance.now() - this.#awaySince;
    return (this.#awayMs + present) / 1000;
  }

  /** How many certificates this process has had after its first. */
  get renewals(): number {
    return this.#renewals;
  }

  /** There is another certificate: whoever was turned away with the last one need not wait any longer. */
  tellRenewed(): void {
    this.#renewals += 1;
    this.#wakeAll();
  }

  #tellReached(): void {
    if (this.#awaySince === undefined) return;
    this.#awayMs += performance.now() - this.#awaySince;
    this.#awaySince = undefined;
    this.#wakeAll();
  }

  #wakeAll(): void {
    this.#wakes += 1;
    for (const sleeper of this.#sleepers) sleeper.abort();
  }
}
