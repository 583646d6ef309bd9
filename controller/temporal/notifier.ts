// Who was told what: a workflow is told to look again when what it acts on has changed, or a wait has lasted a resync.
import type { Result } from '../runtime/queue.ts';

const MINUTE_MS = 60_000;

/** What is told again after this long: a lost word costs no more. */
export const RESYNC_MS = 10 * MINUTE_MS;

/** The same for a workflow that has nothing to do: should somebody have ended it, it is started again. */
export const REST_MS = 60 * MINUTE_MS;

/** Between two words for the sake of what others may change as often as they like, to one and the same workflow. */
export const PACE_MS = 5000;

/** Something that is news when it ends (undefined) or becomes another; null: nobody cares any more. */
export type Lapse = string | undefined | null;

/**
 * `fingerprint`: what the workflow acts on whichever way it changes, as text. `lapses`: what it acts on once it ends or
 * becomes another; that it begins is no news. `offer`: what it would be given if it asked now. `aside`:
 * what it says why it waits. `mayRest`: it has nothing to do, or nothing can be done just now. `again`: come back after a
 * resync although nothing changed.
 */
export type Notification = {
  fingerprint: string;
  lapses?: Lapse[];
  offer?: string | undefined;
  aside?: string;
  mayRest: boolean;
  again: boolean;
};

type Told = {
  fingerprint: string;
  lapses: Lapse[];
  offer: string | undefined;
  aside: string | undefined;
  atMs: number;
  offeredAtMs: number;
};

/** Remembers what each workflow was told last; a restart of the controller tells each once more, which is free. */
export class Notifier {
  readonly #told = new Map<string, Told>();

  forget(id: string): void {
    this.#told.delete(id);
  }

  /** Everything is news again: whoever was told has forgotten it. */
  forgetAll(): void {
    this.#told.clear();
  }

  /** Calls `say` when there is news for `id`; what it throws is thrown, and the news stays news. */
  async tell(id: string, news: Notification, say: () => Promise<void>): Promise<Result> {
    const resyncMs = news.mayRest ? REST_MS : RESYNC_MS;
    const last = this.#told.get(id);
    const wait = decideWait(last, news, performance.now(), resyncMs);
    if (wait === 0) await say();
    const after = wait === 0 ? toldOf(last, news, performance.now()) : untold(last, news);
    if (after) this.#told.set(id, after);
    // Whoever has been told comes back after a resync; whoever waits for his turn, then.
    if (wait > 0 && wait < Infinity) return { againInMs: wait };
    return news.again ? { againInMs: resyncMs } : {};
  }
}

function toldOf(last: Told | undefined, { fingerprint, lapses = [], offer, aside }: Notification, atMs: number): Told {
  // Whoever begins asks by itself: what is offered meanwhile is told when its time has come.
  const offeredAtMs = isNewOffer(last, offer) ? atMs : (last?.offeredAtMs ?? atMs);
  return { fingerprint, lapses, offer, aside, atMs, offeredAtMs };
}

/**
 * What nobody needs to be told: that something has begun which is news when it ends, and that an offer has gone, which is one
 * again when it comes back.
 */
function untold(last: Told | undefined, { lapses = [], offer }: Notification): Told | undefined {
  return last && { ...last, lapses, ...(offer === undefined && { offer }) };
}

/** Milliseconds until it is to be told what is true now: for ever when nothing is new, at once when it was never told. */
function decideWait(last: Told | undefined, news: Notification, nowMs: number, resyncMs: number): number {
  if (!last || last.fingerprint !== news.fingerprint || nowMs - last.atMs >= resyncMs) return 0;
  if (last.lapses.some((one, index) => isLapsed(one, news.lapses?.[index]))) return 0;
  const paced = (sinceMs: number): number => Math.max(0, PACE_MS - (nowMs - sinceMs));
  const offered = isNewOffer(last, news.offer) ? paced(last.offeredAtMs) : Infinity;
  // Whoever has what it waited for has nothing told aside any more.
  const isAside = news.aside !== '' && last.aside !== news.aside;
  return Math.min(offered, isAside ? paced(last.atMs) : Infinity);
}

function isNewOffer(last: Told | undefined, offer: string | undefined): boolean {
  return offer !== undefined && offer !== last?.offer;
}

function isLapsed(before: Lapse, now: Lapse): boolean {
  return typeof before === 'string' && now !== null && now !== before;
}
