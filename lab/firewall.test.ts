// What is netavark's in iptables, and when it may be taken out.
import { expect, test } from 'vitest';
import { decideEmptyTables, decideFirewallCleanup, isNetavarkInUse } from './firewall.ts';

const FILTER = ['*filter', ':INPUT ACCEPT', ':FORWARD ACCEPT', ':NETAVARK_FORWARD -'];
const JUMP = '-A FORWARD -m comment --comment "netavark firewall plugin rules" -j NETAVARK_FORWARD';
const FORWARDED = '-A NETAVARK_FORWARD -s 10.90.1.0/24 -j ACCEPT';

test('scaffolding alone is out of use; a subnet, a network chain or a published port is in use', () => {
  expect(isNetavarkInUse([...FILTER, JUMP])).toBe(false);
  expect(isNetavarkInUse([...FILTER, JUMP, FORWARDED])).toBe(true);
  expect(isNetavarkInUse([':NETAVARK-1D8721804F16F -'])).toBe(true);
  expect(isNetavarkInUse(['-A NETAVARK-HOSTPORT-DNAT -p tcp --dport 80 -j NETAVARK-DN-1'])).toBe(true);
});

test('jumps go before the chains they lead to', () => {
  expect(decideFirewallCleanup([], [...FILTER, JUMP])).toEqual([
    [
      '-t',
      'filter',
      '-D',
      'FORWARD',
      '-m',
      'comment',
      '--comment',
      'netavark firewall plugin rules',
      '-j',
      'NETAVARK_FORWARD',
    ],
    ['-t', 'filter', '-F', 'NETAVARK_FORWARD'],
    ['-t', 'filter', '-X', 'NETAVARK_FORWARD'],
  ]);
});

test('the rules of others stay', () => {
  const own = '-A INPUT -s 192.0.2.0/24 -j DROP';
  const calls = decideFirewallCleanup(['*filter', ':INPUT ACCEPT', ':FORWARD ACCEPT', own], [...FILTER, own, JUMP]);
  expect(calls.flat()).not.toContain('INPUT');
  expect(calls.map((call) => call[2])).toEqual(['-D', '-F', '-X']);
});

test('nothing is touched while a network is in use, or when netavark was there before the lab', () => {
  expect(decideFirewallCleanup([], [...FILTER, JUMP, FORWARDED])).toEqual([]);
  expect(decideFirewallCleanup([...FILTER, JUMP], [...FILTER, JUMP])).toEqual([]);
});

test('a table goes only when it is new and holds nothing', () => {
  const empty = ['*nat', ':INPUT ACCEPT', ':POSTROUTING ACCEPT'];
  expect(decideEmptyTables([], empty)).toEqual(['nat']);
  expect(decideEmptyTables(['*nat'], empty)).toEqual([]);
  expect(decideEmptyTables([], [...empty, '-A INPUT -j DROP'])).toEqual([]);
  expect(decideEmptyTables([], ['*filter', ':INPUT DROP'])).toEqual([]);
  expect(decideEmptyTables([], ['*filter', ':INPUT ACCEPT', ':DOCKER -'])).toEqual([]);
});
