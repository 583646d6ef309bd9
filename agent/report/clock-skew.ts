// How far the host's clock is from the gateway's, as it is reported: steady, since a report that differs is a write.
import type { Logger } from '../../common/log.ts';

/** Seconds. Less is nothing that anybody needs to do something about. */
const LEAST = 60;
/** Once told, it is told until it is clearly less. */
const LEAST_AGAIN = 45;

/** Pure: the seconds to report, 0 when the clocks agree; what was reported `before` stays while it is about right. */
export function decideSkew(before: number | undefined, milliseconds: number): number {
  const seconds = Math.round(milliseconds / 1000);
  if (Math.abs(seconds) < (before ? LEAST_AGAIN : LEAST)) return 0;
  if (before && Math.abs(seconds - before) < Math.max(30, Math.abs(before) / 10)) return before;
  return seconds;
}

/** Reads the skew in that way, and logs when another is told; undefined while the gateway's time is not known. */
export function rememberSkew(read: () => number | undefined, log: Logger): () => number | undefined {
  let before: number | undefined;
  return () => {
    const milliseconds = read();
    if (milliseconds === undefined) return before;
    const seconds = decideSkew(before, milliseconds);
    if (seconds !== (before ?? 0)) {
      const text = seconds === 0 ? 'the clock of this host is right again' : 'the clock of this host is wrong';
      log.warn({ aheadSeconds: seconds }, `${text}, by the gateway’s; nothing is decided by it`);
    }
    before = seconds;
    return seconds;
  };
}
