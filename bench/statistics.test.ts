import { expect, test } from 'vitest';
import { median, percentile, summarise } from './statistics.ts';

const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);

test('percentiles are samples, by nearest rank', () => {
  expect([0, 0.5, 0.95, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([1, 50, 95, 99, 100]);
  expect(percentile([7], 0.99)).toBe(7);
});

test('the median of an even number is between the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
});

test('no samples are no result', () => {
  expect(() => percentile([], 0.5)).toThrow('no samples');
  expect(() => median([])).toThrow('no samples');
  expect(summarise(hundred)).toEqual({ n: 100, least: 1, median: 50.5, p95: 95, p99: 99, most: 100 });
});
