// How long a step that failed waits before it looks again.

const MAX_SECONDS = 30;

/** Full jitter between 1 s and a bound that doubles up to 30 s. `failures` in a row, from 1; `random` in [0, 1). */
export function decideBackoff(failures: number, random: number): number {
  const bound = Math.min(MAX_SECONDS, 2 ** failures);
  return Math.round((1 + random * (bound - 1)) * 1000);
}
