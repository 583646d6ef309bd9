// A token bucket (RFC 2697's idea): so many at once, so many a second after that. The clock is the caller's.

/** `tokens` at `at` (seconds of a monotonic clock). */
export type Bucket = { tokens: number; at: number };

export type Rate = { perSecond: number; burst: number };

export function fullBucket(rate: Rate, now: number): Bucket {
  return { tokens: rate.burst, at: now };
}

/** Takes one token if there is one; a clock that goes back gives nothing. */
export function takeToken(bucket: Bucket, rate: Rate, now: number): { taken: boolean; bucket: Bucket } {
  const at = Math.max(now, bucket.at);
  const tokens = Math.min(rate.burst, bucket.tokens + (at - bucket.at) * rate.perSecond);
  return tokens >= 1 ? { taken: true, bucket: { tokens: tokens - 1, at } } : { taken: false, bucket: { tokens, at } };
}
