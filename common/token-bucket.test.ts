import { expect, test } from 'vitest';
import { fullBucket, takeTokens, type Bucket } from './token-bucket.ts';

const rate = { perSecond: 5, burst: 20 };

/** How many of `tries` succeed at one moment, and what is left. */
function takeMany(bucket: Bucket, tries: number, now: number): { taken: number; bucket: Bucket } {
  let taken = 0;
  let left = bucket;
  for (let index = 0; index < tries; index += 1) {
    const result = takeTokens(left, rate, now);
    left = result.bucket;
    if (result.taken) taken += 1;
  }
  return { taken, bucket: left };
}

test('the burst, then the rate, and never more than the burst after a pause', () => {
  const first = takeMany(fullBucket(rate, 100), 30, 100);
  expect(first.taken).toBe(20);
  const second = takeMany(first.bucket, 30, 102);
  expect(second.taken).toBe(10);
  expect(takeMany(second.bucket, 100, 10_000).taken).toBe(20);
});

test('a clock that goes back gives nothing', () => {
  const empty = takeMany(fullBucket(rate, 100), 20, 100).bucket;
  const back = takeTokens(empty, rate, 50);
  expect(back.taken).toBe(false);
  expect(takeTokens(back.bucket, rate, 100).taken).toBe(false);
  expect(takeTokens(back.bucket, rate, 100.3).taken).toBe(true);
});
