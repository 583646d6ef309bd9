import { expect, test } from 'vitest';
import { decideBackoff } from './backoff.ts';

const bounds = { first: 1000, longest: 60_000 };
const failures = [1, 2, 6, 7, 1000, 100_000];

test('the bound doubles up to the longest, and any wait below it may be drawn', () => {
  expect(failures.map((count) => decideBackoff(bounds, count, 1))).toEqual([
    1000, 2000, 32_000, 60_000, 60_000, 60_000,
  ]);
  expect(failures.map((count) => decideBackoff(bounds, count, 0))).toEqual(Array(6).fill(0));
});

test('what is surely waited is never drawn away', () => {
  expect(failures.map((count) => decideBackoff({ ...bounds, surely: 500 }, count, 0))).toEqual(Array(6).fill(500));
  expect(decideBackoff({ ...bounds, surely: 500 }, 1, 1)).toBe(1000);
});
