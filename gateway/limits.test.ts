import { expect, test } from 'vitest';
import { RateLimiter, Semaphore } from './limits.ts';

test('a bucket gives its burst, then its rate, to each key alone', () => {
  const rate = new RateLimiter({ perSecond: 2, burst: 3 });
  expect([1, 2, 3].map(() => rate.take('a', 0))).toEqual([0, 0, 0]);
  expect(rate.take('a', 0)).toBe(0.5);
  expect(rate.take('b', 0)).toBe(0);
  expect(rate.take('a', 499)).toBeGreaterThan(0);
  expect(rate.take('a', 500)).toBe(0);
  expect(rate.take('a', 500)).toBeGreaterThan(0);
  // No more than the burst is ever saved up.
  expect([1, 2, 3].map(() => rate.take('a', 1e9))).toEqual([0, 0, 0]);
  expect(rate.take('a', 1e9)).toBeGreaterThan(0);
});

test('what is given back can be taken again, and no more than the burst', () => {
  const rate = new RateLimiter({ perSecond: 0, burst: 2 });
  expect([1, 2].map(() => rate.take('a', 0))).toEqual([0, 0]);
  rate.giveBack('a');
  expect(rate.take('a', 0)).toBe(0);
  expect(rate.take('a', 0)).toBeGreaterThan(0);
  for (let times = 0; times < 5; times += 1) rate.giveBack('a');
  expect([1, 2].map(() => rate.take('a', 0))).toEqual([0, 0]);
  expect(rate.take('a', 0)).toBeGreaterThan(0);
  rate.giveBack('never heard of');
  expect(rate.take('never heard of', 0)).toBe(0);
});

test('only so many keys are kept, the least used forgotten first', () => {
  const rate = new RateLimiter({ perSecond: 1, burst: 1 }, 2);
  rate.take('a', 0);
  rate.take('b', 0);
  rate.take('a', 0);
  rate.take('c', 0);
  expect(rate.take('a', 0)).toBeGreaterThan(0);
  expect(rate.take('b', 0)).toBe(0);
});

test('slots are bounded per key and in all, and given back once', () => {
  const semaphore = new Semaphore(1, 2);
  const first = semaphore.take('a');
  expect(semaphore.take('a')).toBeUndefined();
  const second = semaphore.take('b');
  expect(semaphore.take('c')).toBeUndefined();
  first?.();
  first?.();
  expect(semaphore.count).toBe(1);
  expect(semaphore.take('c')).toBeDefined();
  expect(semaphore.take('a')).toBeUndefined();
  second?.();
});
