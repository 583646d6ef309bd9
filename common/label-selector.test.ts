import { expect, test } from 'vitest';
import type { LabelSelector } from '../api/meta.ts';
import { isSelected } from './label-selector.ts';

const labels = { zone: 'a', disk: 'ssd' };

type Row = [string, LabelSelector | undefined, boolean];
const rows: Row[] = [
  ['absent', undefined, true],
  ['empty', {}, true],
  ['a label', { matchLabels: { zone: 'a' } }, true],
  ['another value', { matchLabels: { zone: 'b' } }, false],
  ['a missing label', { matchLabels: { gpu: 'yes' } }, false],
  ['In', { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'b'] }] }, true],
  ['In without the key', { matchExpressions: [{ key: 'gpu', operator: 'In', values: ['a'] }] }, false],
  ['NotIn', { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, false],
  ['NotIn without the key', { matchExpressions: [{ key: 'gpu', operator: 'NotIn', values: ['a'] }] }, true],
  ['Exists', { matchExpressions: [{ key: 'disk', operator: 'Exists' }] }, true],
  ['DoesNotExist', { matchExpressions: [{ key: 'disk', operator: 'DoesNotExist' }] }, false],
  ['both kinds', { matchLabels: { zone: 'a' }, matchExpressions: [{ key: 'gpu', operator: 'Exists' }] }, false],
];

test.each(rows)('a selector with %s', (_name, selector, selected) => {
  expect(isSelected(selector, labels)).toBe(selected);
});
