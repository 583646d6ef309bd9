// What many samples come to.

/** The sample below which `share` (0 to 1) of all lie (nearest rank). Throws when there is none. */
export function percentile(samples: number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined) throw new Error('there are no samples');
  return found;
}

/** The middle sample, or the mean of the two in the middle. */
export function median(samples: number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [upper, lower] = [sorted[half], sorted.length % 2 === 0 ? sorted[half - 1] : sorted[half]];
  if (upper === undefined || lower === undefined) throw new Error('there are no samples');
  return (upper + lower) / 2;
}

/** For reading: so many digits after the point. */
export function round(value: number, digits = 1): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** Count, median, 95th and 99th percentile, least and most; rounded. */
export function summarise(
  samples: number[],
  digits = 1,
): Record<'n' | 'least' | 'median' | 'p95' | 'p99' | 'most', number> {
  return {
    n: samples.length,
    least: round(percentile(samples, 0), digits),
    median: round(median(samples), digits),
    p95: round(percentile(samples, 0.95), digits),
    p99: round(percentile(samples, 0.99), digits),
    most: round(percentile(samples, 1), digits),
  };
}
