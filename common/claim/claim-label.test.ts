import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LABELS } from '../../api/names.ts';
import { byoHost, claimOf } from '../../test/support/builders.ts';
import { claimLabelOf, decideClaimLabels, labelsFor } from './claim-label.ts';

test('a UID is its own label; whatever else an incarnation may be, its label is one, and always the same', () => {
  const uid = '5b0f9d1c-7a3c-4b52-9d8e-0d6a2a0f9a11';
  expect(claimLabelOf(uid)).toBe(uid);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (incarnation) => {
      const label = claimLabelOf(incarnation);
      expect(label).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
      expect(claimLabelOf(incarnation)).toBe(label);
    }),
  );
});

/** What is to be written of a host that bears this label. */
const labelsOf = (value: string | undefined, spec: object = {}) => {
  const labels = value === undefined ? {} : { [LABELS.claim]: value, rack: '1' };
  return decideClaimLabels(byoHost('h', { metadata: { labels }, spec: { ...spec } }));
};

test('a label that is missing, another’s, or left over is put right; a right one is not written', () => {
  const spec = { claim: claimOf('a', 1), lastGeneration: 1 };
  const right = labelsFor({ incarnation: 'uid-a' });
  expect([labelsOf(undefined, spec), labelsOf('uid-b', spec), labelsOf('uid-a', spec)]).toEqual([
    right,
    right,
    undefined,
  ]);
  expect([labelsOf(undefined), labelsOf('uid-a')]).toEqual([undefined, { [LABELS.claim]: null }]);
});
