import { expect, test } from 'vitest';
import { condition } from '../../test/support/builders.ts';
import { isSameConditions, mergeConditions } from './conditions.ts';

const now = new Date('2026-02-01T00:00:00.123Z');
const own = ['Ready', 'Paused'];
const before = [condition('Ready', 'False', 'Waiting'), condition('Other', 'True', 'X')];

test('only the writer’s own conditions are applied', () => {
  expect(mergeConditions(before, [], { own, now }).map(({ type }) => type)).toEqual(['Ready']);
});

test('the transition time stays while the status stays', () => {
  const [ready] = mergeConditions(before, [{ type: 'Ready', status: 'False', reason: 'Other', message: 'm' }], {
    own,
    now,
  });
  expect(ready).toMatchObject({ reason: 'Other', lastTransitionTime: '2026-01-01T00:00:00Z' });
  const [turned] = mergeConditions(before, [{ type: 'Ready', status: 'True', reason: 'R', message: '' }], { own, now });
  expect(turned).toMatchObject({ status: 'True', lastTransitionTime: '2026-02-01T00:00:00Z' });
});

test('reason, message or generation alone are a change, the time is none', () => {
  const update = { type: 'Ready', status: 'False', reason: 'Waiting', message: '' } as const;
  expect(isSameConditions(before, mergeConditions(before, [update], { own, now }))).toBe(true);
  expect(isSameConditions(before, mergeConditions(before, [{ ...update, message: 'm' }], { own, now }))).toBe(false);
  expect(isSameConditions(before, mergeConditions(before, [update], { own, now, generation: 2 }))).toBe(false);
  expect(isSameConditions([], mergeConditions([], [update], { own, now }))).toBe(false);
});
