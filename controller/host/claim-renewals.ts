// When the claim of a host was last given a new generation because the host said that it had closed the old one.
import type { Result } from '../runtime/queue.ts';
import { RESYNC_MS } from '../temporal/notifier.ts';

/** In memory: a controller that starts anew may renew once more, which harms nothing. */
export class Renewals {
  readonly #atMs = new Map<string, number>();

  note(id: string): void {
    this.#atMs.set(id, performance.now());
  }

  wasRecent(id: string): boolean {
    return this.#left(id) > 0;
  }

  /** When the next one may be, if there was one. */
  next(id: string): Result {
    const left = this.#left(id);
    return left > 0 ? { againInMs: left } : {};
  }

  #left(id: string): number {
    const left = (this.#atMs.get(id) ?? -Infinity) + RESYNC_MS - performance.now();
    // Old ones are of no use, and hosts come and go.
    if (left <= 0) this.#atMs.delete(id);
    return left;
  }
}
