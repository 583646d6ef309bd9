// When the tunnel may dial: one at a time, and the later the more often it failed.
import { decideDelay, type BackOff } from './back-off.ts';
import { Reachability } from './reachability.ts';

/** Milliseconds. A connection that ends sooner counts as a failed one: a gateway may take every call and drop it. */
const SHORT_LIFE_MILLISECONDS = 10_000;

/** The very first dial waits for nothing; all others are spread, since a lost gateway sends its whole fleet here at once. */
export class DialGate {
  readonly #bounds: BackOff;
  readonly #reachability: Reachability;
  #turn: Promise<unknown> = Promise.resolve();
  #failures = 0;
  /**
   * When the next dial is due, by the monotonic clock. Drawn once: whoever leaves while it waits (the SDK does, after
   * 45 s) takes nothing with him, or those who drew a long wait would draw again and again and come back last.
   */
  #dueAt = 0;
  /** Of `reachability`, when that was drawn. */
  #wakes = 0;

  /** `reachability`: another connection that could be made ends the wait. */
  constructor(bounds: BackOff, reachability = new Reachability()) {
    this.#bounds = bounds;
    this.#reachability = reachability;
  }

  /** Runs `dial` when it is its turn and its time; a failure makes the next one wait longer. */
  pass<Value>(dial: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
    const mine = this.#turn.then(() => this.#run(dial, signal));
    // The next one waits for this one, however it ended; its own caller hears of the error.
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** Tells how long a connection lived, in milliseconds: a short life counts as a failure, a longer one ends the count. */
  tellLife(milliseconds: number): void {
    this.#failures = milliseconds < SHORT_LIFE_MILLISECONDS ? this.#failures + 1 : 0;
    this.#draw();
  }

  async #run<Value>(dial: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
    // Woken while nobody waited here: the SDK waits on a clock of its own.
    const isOver = this.#reachability.wakes !== this.#wakes;
    const wait = isOver ? 0 : this.#dueAt - performance.now();
    if (wait > 0) await this.#reachability.wait(wait, signal);
    signal.throwIfAborted();
    try {
      return await dial();
    } catch (error) {
      this.#failures += 1;
      throw error;
    } finally {
      this.#draw();
    }
  }

  #draw(): void {
    this.#wakes = this.#reachability.wakes;
    this.#dueAt = performance.now() + decideDelay(this.#bounds, this.#failures);
  }
}
