import { expect, test } from 'vitest';
import type { Baseline } from '../../baseline/baseline.ts';
import { NO_NOTES } from '../../testing/step-world.ts';
import { reachOf } from './reach-of.ts';

const claim = { incarnation: '0c6a', generation: 1 };
const CALICO = { ranges: ['192.168.0.0/16'] };
const rangesWith = (baseline: Baseline | undefined) =>
  reachOf({ ...NO_NOTES, readBaseline: () => baseline }, claim, CALICO).ranges;

test('the network that the machine stood in is not the cluster’s, whichever way it got its address', () => {
  for (const kind of ['address', 'leased'] as const) {
    const ranges = rangesWith({ [kind]: ['eth0 192.168.1.11/24'] });
    expect([ranges.isIn('192.168.1.50'), ranges.isIn('192.168.77.0/26')]).toEqual([false, true]);
  }
});

test('without a baseline, where the machine’s own addresses look new, no range says whose anything is', () => {
  expect(rangesWith(undefined).isIn('192.168.1.11')).toBe(false);
});
