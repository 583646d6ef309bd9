import { expect, test } from 'vitest';
import { parseFilters, parsePlaces } from './read-programs.ts';

const QDISCS = `qdisc noqueue 0: dev lo root refcnt 2
qdisc mq 0: dev eth0 root
qdisc clsact ffff: dev eth0 parent ffff:fff1
`;
/** As tc of iproute2 6.1 prints them. */
const FILTERS = `filter protocol all pref 1 bpf chain 0
filter protocol all pref 1 bpf chain 0 handle 0x1 cil_from_netdev-eth0 direct-action not_in_hw id 912 tag 1a2b jited
filter protocol ip pref 10 u32 chain 0 fh 800: ht divisor 1
filter protocol all pref 49152 matchall chain 0 handle 0x1
  not_in_hw
`;

test('places for programs, and what hangs there, one line for each priority', () => {
  expect(parsePlaces(QDISCS)).toEqual(['eth0']);
  expect(parseFilters('eth0 ingress', FILTERS)).toEqual([
    'eth0 ingress pref 1 bpf cil_from_netdev-eth0',
    'eth0 ingress pref 10 u32',
    'eth0 ingress pref 49152 matchall',
  ]);
});
