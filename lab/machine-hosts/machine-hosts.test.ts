// What a machine is started with and how it is spoken to, without starting one.
import { expect, test } from 'vitest';
import { diskScript } from './disk-faults.ts';
import { decideRestart, kernelArguments } from './kernel-arguments.ts';
import { filesOf, type MachineSettings } from './machine-files.ts';
import { planNetwork } from './network.ts';
import { parseOffset } from './offset.ts';
import { scpCommand, sshCommand } from './ssh.ts';

const settings: MachineSettings = {
  hostname: 'byo-demo-host1',
  kernel: '/cache/bin/linux',
  memoryMib: 1536,
  processors: 2,
  system: 'debian-12',
  address: '10.90.3.11',
  gateway: '10.90.3.1',
  dns: '10.90.3.1',
  tap: 'byom3h11',
  mac: '02:62:79:6f:03:0b',
  key: 'ssh-ed25519 AAAA byo-lab',
  clock: 0,
};
const files = filesOf('/state/demo/machines/host1');
const target = { address: '10.90.3.11', keyFile: '/state/demo/ssh/id_ed25519' };

test('a kernel gets its disk, its tap and its address, and never restarts by itself', () => {
  const line = kernelArguments(settings, files);
  expect(line).toContain('ubd0=/state/demo/machines/host1/disk.img');
  expect(line).toContain('ip=10.90.3.11::10.90.3.1:255.255.255.0:byo-demo-host1:vec0:none');
  expect(line.find((word) => word.startsWith('vec0:'))).toContain('ifname=byom3h11');
  expect(line).toEqual(expect.arrayContaining(['noreboot', 'mem=1536M', 'ncpus=2', 'seccomp=on']));
});

test('no word of the kernel’s line holds a space, which would make two of it', () => {
  expect(
    kernelArguments({ ...settings, bundleDir: '/cache/bundles/x' }, files).filter((word) => /\s/.test(word)),
  ).toEqual([]);
});

test('bundles and a wrong clock are told only where there are any', () => {
  const plain = kernelArguments(settings, files).join(' ');
  expect(plain).not.toMatch(/hostfs|lab\.bundles|lab\.clock/);
  const line = kernelArguments({ ...settings, bundleDir: '/b', clock: -86_400 }, files);
  expect(line).toEqual(expect.arrayContaining(['hostfs=/b', 'lab.bundles=1', 'lab.clock=-86400']));
});

test('a machine is started again after its own restart, and stays off after a power-off, a panic or a cut', () => {
  expect(decideRestart('… \nreboot: Restarting system\n')).toBe(true);
  for (const end of ['reboot: Power down', 'Kernel panic - not syncing', '']) expect(decideRestart(end)).toBe(false);
});

test('what runs over there has exactly the arguments that were given', () => {
  expect(sshCommand(target, ['sh', '-c', "echo 'a  b' > /tmp/$x", '']).at(-1)).toBe(
    `sh -c 'echo '\\''a  b'\\'' > /tmp/$x' ''`,
  );
  expect(sshCommand(target, ['true'])).not.toContain('-t');
  expect(sshCommand(target, ['bash'], true)).toContain('-t');
  expect(scpCommand(target, '/tmp/a', '/b').slice(-2)).toEqual(['/tmp/a', 'root@10.90.3.11:/b']);
});

test('links have names of at most 15 characters, and every host an address of its own', () => {
  const { bridge, tap, mac } = planNetwork({ index: 250 });
  const hosts = [11, 250].map((last) => ({ name: 'x', container: 'x', address: `10.90.250.${last}` }));
  for (const name of [bridge, ...hosts.map(tap)]) expect(name.length).toBeLessThanOrEqual(15);
  expect(hosts.map(mac)).toEqual(['02:62:79:6f:fa:0b', '02:62:79:6f:fa:fa']);
});

test('how far off a clock is, is said with a unit', () => {
  expect(['90s', '-3h', '+400d', '5m', '0s'].map(parseOffset)).toEqual([90, -10_800, 34_560_000, 300, 0]);
  expect(['', '5', '1y', '1.5h', 'd'].map(parseOffset)).toEqual(Array.from({ length: 5 }, () => undefined));
});

test('a disk is made well by the opposite of all that was done to it', () => {
  const well = diskScript('well', 0);
  for (const [, name = ''] of diskScript('slow', 50).matchAll(/> (\S+)$/g)) expect(well).toContain(`echo 0 > ${name}`);
  expect(well).toContain('remount,rw');
  expect(well).toContain('rm -f /var/lib/.lab-full');
});
