// A token bucket (RFC 2697's idea): so many at once, so many a second after that. The clock is the caller's.

/** `tokens` at `at` (seconds of a monotonic clock). */
export type Bucket = { tokens: number; at: number };

export type Rate = { perSecond: number; burst: number };

export function fullBucket(rate: Rate, now: number): Bucket {
  return { tokens: rate.burst, at: now };
}

/** Takes `amount` tokens, or none if there are fewer; a clock that goes back gives nothing. */
export function takeTokens(bucket: Bucket, rate: Rate, now: number, amount = 1): { taken: boolean; bucket: Bucket } {
  const at = Math.max(now, bucket.at);
  const tokens = Math.min(rate.burst, bucket.tokens + (at - bucket.at) * rate.perSecond);
  const taken = tokens >= amount;
  return { taken, bucket: { tokens: taken ? tokens - amount : tokens, at } };
}
