// Lines about what others cause: as many as help, however often it happens.
import type { Logger } from '../common/log.ts';
import { RateLimiter } from './limits.ts';

/** For faults that a stranger, a host or an outage can bring about again and again. */
export type BoundedLog = Record<'warn' | 'error', (fields: Record<string, unknown>, message: string) => void>;

/** Of each message. */
const PER_MESSAGE = { perSecond: 1, burst: 20 };
const TELL_MS = 1000;

export function boundLog(log: Logger, now: () => number = () => performance.now()): BoundedLog {
  const rate = new RateLimiter(PER_MESSAGE);
  const leftOut = new LinesLeftOut((count) => log.warn({ leftOut: count }, 'lines left out of the log'));
  const write = (level: 'warn' | 'error') => (fields: Record<string, unknown>, message: string) => {
    leftOut.tell(now());
    if (rate.take(message, now()) === 0) log[level](fields, message);
    else leftOut.count(now());
  };
  return { warn: write('warn'), error: write('error') };
}

/** How many lines were not written, told with the first line that comes a second later or more. */
export class LinesLeftOut {
  readonly #tell: (count: number) => void;
  #count = 0;
  #sinceMs = 0;

  constructor(tell: (count: number) => void) {
    this.#tell = tell;
  }

  count(nowMs: number): void {
    if (this.#count === 0) this.#sinceMs = nowMs;
    this.#count += 1;
  }

  tell(nowMs: number): void {
    if (this.#count === 0 || nowMs - this.#sinceMs < TELL_MS) return;
    this.#tell(this.#count);
    this.#count = 0;
  }
}
