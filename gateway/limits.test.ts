import { expect, test } from 'vitest';
import { createLogger } from '../common/log.ts';
import { createAudit } from './audit.ts';
import { RateLimiter, Slots } from './limits.ts';

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
  const slots = new Slots(1, 2);
  const first = slots.take('a');
  expect(slots.take('a')).toBeUndefined();
  const second = slots.take('b');
  expect(slots.take('c')).toBeUndefined();
  first?.();
  first?.();
  expect(slots.count).toBe(1);
  expect(slots.take('c')).toBeDefined();
  expect(slots.take('a')).toBeUndefined();
  second?.();
});

test('a flood of refusals does not fill the audit trail, and what was done is always in it', () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('test', 'silent');
  const record = (line: Record<string, unknown>) => void lines.push(line);
  const child = Object.assign(log.child({}), { info: record, warn: record });
  let now = 0;
  const audit = createAudit(Object.assign(log, { child: () => child }), () => now);
  for (let n = 0; n < 1000; n += 1) audit({ act: 'Connect', outcome: 'denied', why: 'NotPinned' });
  audit({ act: 'Enrol', outcome: 'allowed' });
  expect(lines.length).toBeLessThan(100);
  expect(lines.at(-1)).toMatchObject({ act: 'Enrol', outcome: 'allowed' });
  const written = lines.filter(({ outcome }) => outcome === 'denied').length;
  now = 1000;
  audit({ act: 'Connect', outcome: 'denied' });
  expect(lines.find(({ leftOut }) => leftOut !== undefined)).toMatchObject({ leftOut: 1000 - written });
});
