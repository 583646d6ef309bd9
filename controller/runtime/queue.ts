// Work by name: one object is never reconciled twice at once, a failure is tried again later and later, and an object
// that is quiet leaves nothing behind.
import { decideBackoff, type BackoffBounds } from '../../common/backoff.ts';
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';

/** `againInMs`: look again after that time although nothing changed. */
export type Result = { againInMs?: number };

/** What both ask for: the earlier look. */
export function soonest(a: Result, b: Result): Result {
  const times = [a, b].flatMap(({ againInMs }) => againInMs ?? []);
  return times.length > 0 ? { againInMs: Math.min(...times) } : {};
}

export type QueueOptions = {
  run: (key: string) => Promise<Result>;
  log: Logger;
  /** Objects reconciled at the same time; default 8. */
  concurrency?: number;
  /** Pauses after failures; from half a second up to 30 s when left out. */
  backoffMs?: BackoffBounds;
};

const BACKOFF: BackoffBounds = { first: 1000, longest: 30_000, surely: 500 };

type Entry = { state: 'waiting' | 'running' | 'later'; dirty: boolean; failures: number; timer?: NodeJS.Timeout };

export class Queue {
  readonly #options: QueueOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #waiting: string[] = [];
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Objects that are waiting, running or due later. */
  get size(): number {
    return this.#entries.size;
  }

  /** Now; an object that is being reconciled is reconciled once more after it. */
  add(key: string): void {
    if (this.#stopped) return;
    const entry = this.#entries.get(key) ?? { state: 'later', dirty: false, failures: 0 };
    this.#entries.set(key, entry);
    if (entry.state === 'running') entry.dirty = true;
    if (entry.state === 'later') this.#wait(key, entry);
  }

  /** Takes no more work and resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const entry of this.#entries.values()) clearTimeout(entry.timer);
    await Promise.all(this.#running);
  }

  #wait(key: string, entry: Entry): void {
    clearTimeout(entry.timer);
    entry.state = 'waiting';
    this.#waiting.push(key);
    this.#start();
  }

  #start(): void {
    const limit = this.#options.concurrency ?? 8;
    while (!this.#stopped && this.#running.size < limit) {
      const key = this.#waiting.shift();
      const entry = key === undefined ? undefined : this.#entries.get(key);
      if (key === undefined || !entry) return;
      const turn = this.#run(key, entry).finally(() => {
        this.#running.delete(turn);
        this.#start();
      });
      this.#running.add(turn);
    }
  }

  async #run(key: string, entry: Entry): Promise<void> {
    Object.assign(entry, { state: 'running', dirty: false });
    const pause = await attempt(this.#options, key, entry);
    if (this.#stopped) return;
    if (entry.dirty) this.#wait(key, entry);
    else if (pause === undefined) this.#entries.delete(key);
    else {
      entry.state = 'later';
      entry.timer = setTimeout(() => this.#wait(key, entry), pause);
    }
  }
}

/** One run; answers the pause before the next, or undefined when there is no need for one. */
async function attempt(options: QueueOptions, key: string, entry: Entry): Promise<number | undefined> {
  try {
    const { againInMs } = await options.run(key);
    entry.failures = 0;
    return againInMs;
  } catch (error) {
    entry.failures += 1;
    const pause = decideBackoff(options.backoffMs ?? BACKOFF, entry.failures, Math.random());
    const { failures } = entry;
    options.log.warn({ key, failures, pause, error: describeError(error) }, 'reconcile failed, trying again');
    return pause;
  }
}
