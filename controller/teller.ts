// Who was told what: a workflow is told to look again when what it acts on has changed, or a wait has lasted a resync.
import type { Result } from './queue.ts';

const MINUTE_MS = 60_000;

/** What is told again after this long: a lost word costs no more. */
export const RESYNC_MS = 10 * MINUTE_MS;

/** The same for a workflow that has nothing to do: should somebody have ended it, it is started again. */
export const REST_MS = 60 * MINUTE_MS;

/**
 * `fingerprint`: everything that the workflow acts on, as text. `mayRest`: it has nothing to do, or nothing can be done
 * just now. `again`: come back after a resync although nothing changed.
 */
export type News = { fingerprint: string; mayRest: boolean; again: boolean };

/** Remembers what each workflow was told last; a restart of the controller tells each once more, which is free. */
export class Teller {
  readonly #told = new Map<string, { fingerprint: string; atMs: number }>();

  forget(id: string): void {
    this.#told.delete(id);
  }

  /** Everything is news again: whoever was told has forgotten it. */
  forgetAll(): void {
    this.#told.clear();
  }

  /** Calls `say` when there is news for `id`; what it throws is thrown, and the news stays news. */
  async tell(id: string, { fingerprint, mayRest, again }: News, say: () => Promise<void>): Promise<Result> {
    const last = this.#told.get(id);
    const resyncMs = mayRest ? REST_MS : RESYNC_MS;
    const due = performance.now() - (last?.atMs ?? -Infinity) >= resyncMs;
    if (due || last?.fingerprint !== fingerprint) {
      await say();
      this.#told.set(id, { fingerprint, atMs: performance.now() });
    }
    return again ? { againInMs: resyncMs } : {};
  }
}
