// Which hosts are alive: a Lease renewed every minute, judged by when we saw it change, never by anybody's clock.
import { idOf, nameOf } from '../../common/kube/envelopes.ts';
import type { Lease, ObjectKey } from '../../common/kube/resources.ts';

/** `unsure`: seen by us too short a time to say; what was said before stays. `cutOff`: no host is heard at all. */
export type Liveness = 'fresh' | 'stale' | 'never' | 'unsure' | 'cutOff';

/** A Lease is renewed every 60 s with jitter; two renewals may be lost. */
export const STALE_AFTER_MS = 150_000;

type Seen = { renewTime: string | undefined; firstMs: number; changedMs?: number };

/**
 * Starts knowing nothing: after a restart every Lease gets a full period to change before it is called stale. Times are
 * monotonic milliseconds; `trueUntilMs` is when the API server last told us anything, so that its silence ages nobody.
 */
export class LivenessTracker {
  readonly #seen = new Map<string, Seen>();
  readonly #told = new Map<string, Liveness>();

  /** Remembers the Lease as it is now. */
  observe(lease: Lease, nowMs: number): void {
    const id = nameOf(lease);
    const before = this.#seen.get(id);
    const { renewTime } = lease.spec;
    if (!before) this.#seen.set(id, { renewTime, firstMs: nowMs });
    else if (before.renewTime !== renewTime) this.#seen.set(id, { ...before, renewTime, changedMs: nowMs });
  }

  forget(key: ObjectKey): void {
    this.#seen.delete(idOf(key));
    this.#told.delete(idOf(key));
  }

  judge(key: ObjectKey, trueUntilMs: number): Liveness {
    const verdict = judgeOne(this.#seen.get(idOf(key)), trueUntilMs);
    if (verdict !== 'stale' || this.#seen.size < 2) return verdict;
    const silent = [...this.#seen.values()].every((one) => judgeOne(one, trueUntilMs) === 'stale');
    return silent ? 'cutOff' : verdict;
  }

  /** Names (`namespace/name`) of Leases whose verdict has changed since the last call. */
  changes(trueUntilMs: number): string[] {
    const verdicts = [...this.#seen].map(([id, seen]) => ({ id, verdict: judgeOne(seen, trueUntilMs) }));
    const silent = verdicts.length > 1 && verdicts.every(({ verdict }) => verdict === 'stale');
    return verdicts
      .map(({ id, verdict }) => ({ id, verdict: silent ? ('cutOff' as const) : verdict }))
      .filter(({ id, verdict }) => {
        const changed = this.#told.get(id) !== verdict;
        this.#told.set(id, verdict);
        return changed;
      })
      .map(({ id }) => id);
  }
}

function judgeOne(seen: Seen | undefined, untilMs: number): Liveness {
  if (!seen) return 'never';
  const sinceMs = untilMs - (seen.changedMs ?? seen.firstMs);
  if (sinceMs >= STALE_AFTER_MS) return 'stale';
  return seen.changedMs === undefined ? 'unsure' : 'fresh';
}
