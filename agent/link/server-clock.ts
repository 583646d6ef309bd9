// The time of the other side: of the gateway's answers, carried on by the monotonic clock. What the host's own clock says
// decides nothing: it may be off by years, stand at 1970, or be set while we look.
import { ByoError } from '../../common/errors.ts';
import { pause } from '../../common/pause.ts';

/** Of one answer: its Date header (RFC 9110 §6.6.1), and when it was asked for and came, by the monotonic clock. */
export type Dated = { date: string | undefined; askedAt: number; answeredAt: number };

/** The header tells whole seconds, so that half of one is missing in the middle. */
const MISSING_MILLISECONDS = 500;

/** Milliseconds; `ownMs` of the host's clock and `monotonicMs` may be put in by a test. */
export type OwnClocks = { ownMs: () => number; monotonicMs: () => number };
const MACHINE: OwnClocks = { ownMs: () => Date.now(), monotonicMs: () => performance.now() };

export class ServerClock {
  readonly #clocks: OwnClocks;
  readonly #learnt = Promise.withResolvers<void>();
  /** Server's time less the monotonic clock's. */
  #offset: number | undefined;

  constructor(clocks = MACHINE) {
    this.#clocks = clocks;
  }

  /** Believes the newest answer: the server's clock may have been put right meanwhile. An answer without a date says nothing. */
  learn(answer: Dated): void {
    const at = decideOffset(answer);
    if (at === undefined) return;
    this.#offset = at;
    this.#learnt.resolve();
  }

  /** Settles with the first answer. */
  get learnt(): Promise<void> {
    return this.#learnt.promise;
  }

  /** Milliseconds since the epoch by the server; undefined before its first answer. */
  now(): number | undefined {
    return this.#offset === undefined ? undefined : this.#clocks.monotonicMs() + this.#offset;
  }

  /** Milliseconds by which the host's clock is ahead of the server's; undefined before its first answer. */
  skew(): number | undefined {
    const now = this.now();
    return now === undefined ? undefined : this.#clocks.ownMs() - now;
  }

  /** Seconds since the epoch by the server; waits for its first answer. @throws ByoError when none comes in that time */
  async seconds(withinMilliseconds: number): Promise<number> {
    const giveUp = new AbortController();
    await Promise.race([this.#learnt.promise, pause(withinMilliseconds, giveUp.signal)]);
    giveUp.abort();
    const now = this.now();
    if (now !== undefined) return now / 1000;
    throw new ByoError('GatewayUnreachable', 'the gateway has not told its time yet', {
      remedy: 'It is tried again; check that reports of this host get through',
      retryable: true,
    });
  }
}

/** Pure: the server's time at the middle of question and answer, less the monotonic clock's; undefined without a date. */
export function decideOffset({ date, askedAt, answeredAt }: Dated): number | undefined {
  const told = Date.parse(date ?? '');
  return Number.isNaN(told) ? undefined : told + MISSING_MILLISECONDS - (askedAt + answeredAt) / 2;
}
