// How long to wait before another try: full jitter, so that what failed together does not come back together.

/** Milliseconds. The bound doubles from `first` up to `longest`; `surely` of it is waited whatever is drawn. */
export type BackoffBounds = { first: number; longest: number; surely?: number };

/** Milliseconds after `failures` tries in a row, from 1; `random` in [0, 1). Pure. */
export function decideBackoff({ first, longest, surely = 0 }: BackoffBounds, failures: number, random: number): number {
  // Beyond some doublings every bound is the longest, and powers of two are no numbers any more.
  const bound = Math.min(longest, first * 2 ** Math.min(failures - 1, 24));
  return Math.round(surely + (bound - surely) * random);
}
