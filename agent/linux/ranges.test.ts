import { expect, test } from 'vitest';
import { createRanges, parseRange } from './ranges.ts';

const ranges = createRanges(['10.244.0.0/16', 'fd00:10::/48', '0.0.0.0/0', '::/0', 'nonsense', '10.96.0.0/33']);

test.each([
  ['10.244.7.9', true],
  ['10.244.7.0/24', true],
  ['10.244.0.0/16', true],
  ['10.0.0.0/8', false],
  ['10.245.0.1', false],
  ['fd00:10:0:7::/64', true],
  ['fd00:11::1', false],
  ['192.0.2.1', false],
  ['default', false],
  ['', false],
  ['10.244.7.0/', false],
])('%s: %s', (text, isIn) => {
  expect(ranges.isIn(text)).toBe(isIn);
});

test('a range that could be anybody’s is believed by nobody', () => {
  expect(parseRange('0.0.0.0/0')).toBeUndefined();
  expect(parseRange('8.0.0.0/7')).toBeUndefined();
  expect(parseRange('10.0.0.0/8')).toEqual({ address: '10.0.0.0', prefix: 8 });
  expect(parseRange('10.0.0.1')).toBeUndefined();
});

// Calico's default, in a house of the commonest addresses.
test.each([
  ['192.168.1.50/24', false],
  ['192.168.1.50', false],
  ['192.168.1.0/24', false],
  ['192.168.77.0/26', true],
  ['192.168.77.1', true],
  ['192.168.0.0/16', true],
])('of a range that holds the machine’s own network, what is in that is not the cluster’s: %s %s', (text, isIn) => {
  const home = createRanges(['192.168.0.0/16'], ['192.168.1.11/24', '203.0.113.1/32', 'fe80::1/64']);
  expect(home.isIn(text)).toBe(isIn);
});

test('a machine in a network that is wider than the pods’ own still loses what is of the pods', () => {
  expect(createRanges(['10.244.0.0/16'], ['10.1.2.3/8']).isIn('10.244.7.0/24')).toBe(true);
});
