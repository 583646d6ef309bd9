import { expect, test } from 'vitest';
import { createLogger } from '../../common/log.ts';
import { decideSkew, rememberSkew } from './clock-skew.ts';

const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;

test.each([
  ['11 minutes ahead', 660],
  ['11 minutes behind', -660],
  ['13 hours', 13 * HOUR],
  ['2 years', -2 * YEAR],
  ['1970', -56 * YEAR],
])('B4: %s is told by its amount', (_what, seconds) => {
  expect(decideSkew(undefined, seconds * 1000)).toBe(seconds);
});

test('less than a minute is nothing, and once told, it is told until it is clearly less', () => {
  expect(decideSkew(undefined, 59_000)).toBe(0);
  expect(decideSkew(0, -59_000)).toBe(0);
  expect(decideSkew(61, 50_000)).toBe(61);
  expect(decideSkew(61, 44_000)).toBe(0);
});

test('a report does not change by what is measured a little differently', () => {
  expect(decideSkew(660, 671_000)).toBe(660);
  expect(decideSkew(660, 800_000)).toBe(800);
  expect(decideSkew(2 * YEAR, (2 * YEAR + HOUR) * 1000)).toBe(2 * YEAR);
  expect(decideSkew(-660, 660_000)).toBe(660);
});

test('before the gateway’s time is known, nothing is told', () => {
  let measured: number | undefined;
  const read = rememberSkew(() => measured, createLogger('test', 'silent'));
  expect(read()).toBeUndefined();
  measured = 10;
  expect(read()).toBe(0);
  measured = -13 * HOUR * 1000;
  expect(read()).toBe(-13 * HOUR);
});
