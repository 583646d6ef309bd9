// Which kernel settings are put back.
import { expect, test } from 'vitest';
import { decideRestoration, readSysctls } from './sysctls.ts';

test('what changed is put back, ip_forward first because it resets others', () => {
  const before = { 'kernel/panic': '0', 'net/ipv4/conf/all/forwarding': '0', 'net/ipv4/ip_forward': '0' };
  const now = { 'kernel/panic': '10', 'net/ipv4/conf/all/forwarding': '1', 'net/ipv4/ip_forward': '1' };
  expect(Object.keys(decideRestoration(before, now))).toEqual([
    'net/ipv4/ip_forward',
    'kernel/panic',
    'net/ipv4/conf/all/forwarding',
  ]);
});

test('what did not change, came, or went with its interface is left alone', () => {
  const before = { 'vm/swappiness': '60', 'net/ipv4/conf/podman1/rp_filter': '1' };
  expect(decideRestoration(before, { 'vm/swappiness': '60', 'net/ipv4/conf/veth0/rp_filter': '2' })).toEqual({});
});

test('settings are read from this kernel, without its counters', () => {
  const names = Object.keys(readSysctls());
  expect(names).toContain('kernel/panic');
  expect(names.filter((name) => name.startsWith('kernel/random/') || name === 'fs/file-nr')).toEqual([]);
});
