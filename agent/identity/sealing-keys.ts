// The keys that orders are sealed to, over time. All stand in the file of the present one, which is replaced as a whole: a
// death at any line leaves a host that can open what is sealed to it, and an older agent finds the present key where it was.
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { createKeyPair, type KeyPair } from '../../common/keys/sealing.ts';
import { writeFileDurably } from '../../common/durable-file.ts';
import { KEY_FILES, readKey, StoredKey } from './key-file.ts';

/**
 * `current` is the one that is pinned, as far as the host knows. `next` is asked for and may be pinned already, when the answer
 * was lost. `previous` was pinned before, and an order may be on its way that is sealed to it.
 */
export type SealingRing = { current: KeyPair; next?: KeyPair | undefined; previous?: KeyPair | undefined };

const Beside = z.object({ next: StoredKey.optional(), previous: StoredKey.optional() });

/**
 * Changes one after the other; every change is durable before it is answered. A disk that takes no writes holds up neither a
 * renewal nor an order: the keys stay as they are.
 */
export class SealingKeys {
  readonly #stateDir: string;
  /** An order is sealed to a key that this host does not have (any more). */
  readonly #onUnknown: () => void;
  #turn: Promise<unknown> = Promise.resolve();

  readonly #log: Logger;

  constructor({ stateDir, log, onUnknown }: { stateDir: string; log: Logger; onUnknown?: () => void }) {
    this.#stateDir = stateDir;
    this.#log = log;
    this.#onUnknown = onUnknown ?? (() => undefined);
  }

  /** @throws Error when there is no key, or a damaged file */
  async read(): Promise<SealingRing> {
    const current = await readKey(this.#stateDir, 'sealing');
    const text = await readFile(join(this.#stateDir, KEY_FILES.sealing), 'utf8');
    // Damaged, `readKey` would have said so. What an agent of another age has put beside is not ours to judge.
    return { current, ...Beside.safeParse(JSON.parse(text)).data };
  }

  /** The key that bears this id; the present one when none does, which then says that it cannot open the order. */
  async find(id: string | undefined): Promise<KeyPair> {
    const { current, next, previous } = await this.read();
    const found = [current, next, previous].find((key) => key?.id === id);
    if (!found) this.#onUnknown();
    return found ?? current;
  }

  /** With the key to ask for: the same until it is pinned; without one when none could be written. */
  async prepare(): Promise<SealingRing> {
    return this.#change(async (before) => {
      return before.next ? before : { ...before, next: await createKeyPair('sealing') };
    });
  }

  /**
   * What the controller has pinned; undefined of an older one, which pins no other. False when it is none of ours: its cluster
   * was restored from a backup of long ago.
   */
  async settle(pinned: string | undefined): Promise<boolean> {
    const { current, next } = await this.#change(decideSettled(pinned));
    return pinned === undefined || pinned === current.id || pinned === next?.id;
  }

  /** An order sealed to this key was opened: what was pinned before the present one is needed no more. */
  async tellOpened(id: string): Promise<void> {
    const ring = await this.read();
    if (ring.next?.id === id) await this.settle(id);
    else if (ring.current.id === id) await this.forgetPrevious();
  }

  async forgetPrevious(): Promise<void> {
    await this.#change(async ({ current, next }) => ({ current, next }));
  }

  #change(decide: (before: SealingRing) => Promise<SealingRing>): Promise<SealingRing> {
    const run = async (): Promise<SealingRing> => {
      const before = await this.read();
      const { current, ...beside } = await decide(before);
      const text = textOf({ current, ...beside });
      if (text === textOf(before)) return before;
      try {
        await writeFileDurably(join(this.#stateDir, KEY_FILES.sealing), text, { mode: 0o600 });
        return { current, ...beside };
      } catch (error) {
        this.#log.warn({ error: describeError(error) }, 'the sealing keys cannot be written; they stay as they are');
        return before;
      }
    };
    const mine = this.#turn.then(run);
    // Its own caller hears of a failure; the next one begins anew.
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

function textOf({ current, next, previous }: SealingRing): string {
  return JSON.stringify({ ...current, ...(next && { next }), ...(previous && { previous }) });
}

/** Pure but for its form: the next key becomes the present one when it is pinned. */
function decideSettled(pinned: string | undefined): (before: SealingRing) => Promise<SealingRing> {
  return async (before) => {
    const { current, next } = before;
    return next && next.id === pinned ? { current: next, previous: current } : before;
  };
}
