import { expect, test } from 'vitest';
import { readSysctl, sysctlPath } from './sysctl.ts';

test('dots and slashes of a name change places, as sysctl(8) has it', () => {
  expect(sysctlPath('net.ipv4.ip_forward')).toBe('/proc/sys/net/ipv4/ip_forward');
  expect(sysctlPath('net.ipv4.conf.eth0/1.rp_filter')).toBe('/proc/sys/net/ipv4/conf/eth0.1/rp_filter');
  expect(() => sysctlPath('net.//.//.kernel')).toThrow('not the name of a sysctl');
});

test('values of several numbers are the same however they are spaced', async () => {
  const host = { readFile: async () => Buffer.from('32768\t60999\n') };
  expect(await readSysctl(host, 'net.ipv4.ip_local_port_range')).toBe('32768 60999');
  expect(await readSysctl({ readFile: async () => undefined }, 'net.bridge.x')).toBeUndefined();
});
