// A host that is a machine: its own kernel, boots, clock and disk, and what becomes of it when its owner or the power is unkind.
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openInstance, startInstance, stopInstance, type HostHandle } from '../../../lab/index.ts';
import { compareFootprints, readFootprint, type Difference, type Footprint } from '../../../lab/footprint.ts';
import { readHostKernel } from '../../../harness/host-kernel.ts';
import { instanceNameOf } from '../../support/instance-name.ts';

const name = instanceNameOf('machines');
let before: Footprint;
let host: HostHandle;

beforeAll(async () => {
  before = await readFootprint();
  const alone = { controlPlane: false, temporal: false, onProgress: () => {} };
  const { hosts } = await startInstance({ name, hosts: 1, kind: 'machine', ...alone });
  const [first] = hosts;
  if (!first) throw new Error('no machine was made');
  host = first;
});
afterAll(async () => stopInstance(name, () => {}));

/** What a command on the machine says; throws when it fails. */
async function run(script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await host.exec(['sh', '-c', script], { timeoutMs: 60_000 });
  if (exitCode !== 0) throw new Error(`${script} ended with ${exitCode}: ${stderr}`);
  return stdout.trim();
}
const bootId = async (): Promise<string> => (await readHostKernel(host)).bootId;
const now = async (): Promise<number> => Number(await run('date +%s'));

test('it has a kernel, control groups and boots of its own', async () => {
  const seen = await readHostKernel(host);
  expect(seen).toMatchObject({ kind: 'machine', cgroup: 'v2', kernel: expect.stringMatching(/-lab$/) });
  expect(seen.kernel).not.toBe(release());
  expect(seen.bootId).not.toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  expect(await run('systemctl is-system-running')).toBe('running');
  const controllers = (await run('cat /sys/fs/cgroup/cgroup.controllers')).split(' ');
  expect(controllers).toEqual(expect.arrayContaining(['cpu', 'cpuset', 'io', 'memory', 'pids']));
});

test('its modules, settings, packet filter and swap are its own', async () => {
  const forwarding = readFileSync('/proc/sys/kernel/panic', 'utf8');
  await run('modprobe -a dummy overlay br_netfilter ip_vs vxlan ipip && ip link add dummy7 type dummy');
  await run('sysctl -qw kernel.panic=77 && iptables -t nat -A POSTROUTING -j MASQUERADE && nft list ruleset');
  await run(
    'fallocate -l 64M /swap && chmod 600 /swap && mkswap -q /swap && swapon /swap && grep -q /swap /proc/swaps',
  );
  expect(readFileSync('/proc/sys/kernel/panic', 'utf8')).toBe(forwarding);
});

test('a power loss loses what was not synced, and nothing else', async () => {
  const [machineId, boot] = [await run('cat /etc/machine-id'), await bootId()];
  await run('echo kept > /root/kept && sync /root/kept && echo lost > /root/lost');
  await host.kill();
  expect(await host.state()).toBe('exited');
  await host.start();
  expect(await run('cat /root/kept')).toBe('kept');
  expect(await run('cat /root/lost 2>/dev/null || true')).toBe('');
  expect(await run('cat /etc/machine-id')).toBe(machineId);
  expect(await bootId()).not.toBe(boot);
});

test('a restart keeps the disk and begins anew in memory, whoever asks for it', async () => {
  const boot = await bootId();
  await run('touch /run/before && echo stays > /root/stays');
  await host.reboot();
  const second = await bootId();
  expect(second).not.toBe(boot);
  expect(await run('cat /root/stays; ls /run/before 2>&1 || true')).toMatch(/^stays\n.*No such file/s);
  await run('systemctl --no-block reboot');
  await expect.poll(() => bootId().catch(() => second), { timeout: 120_000 }).not.toBe(second);
  await host.start();
});

test('stopped, it has switched itself off; started, it is there again', async () => {
  await host.stop();
  expect(await host.state()).toBe('exited');
  await host.start();
  expect(await host.state()).toBe('running');
});

test('frozen, it says nothing, and goes on where it was', async () => {
  const boot = await bootId();
  await host.pause();
  expect(await host.state()).toBe('paused');
  expect((await host.exec(['true'], { timeoutMs: 3000 })).exitCode).not.toBe(0);
  await host.unpause();
  expect(await host.state()).toBe('running');
  await expect.poll(() => bootId().catch(() => ''), { timeout: 60_000 }).toBe(boot);
});

test('its clock is as wrong as one likes, after a restart too, and ours is not', async () => {
  const year = 365 * 86_400;
  await host.clock(year);
  expect((await now()) - Date.now() / 1000).toBeGreaterThan(year - 60);
  await host.reboot();
  expect((await now()) - Date.now() / 1000).toBeGreaterThan(year - 60);
  await host.clock(0);
  expect(Math.abs((await now()) - Date.now() / 1000)).toBeLessThan(60);
});

test('its disk is full, read-only and slow, each until it is well again', async () => {
  const write = 'echo x > /root/written && sync /root/written';
  await host.disk('full');
  await expect(run('dd if=/dev/zero of=/root/more bs=1M count=8 status=none')).rejects.toThrow(/No space left/);
  await host.disk('well');
  await run(write);
  await host.disk('read-only');
  await expect(run(write)).rejects.toThrow(/Read-only file system/);
  await host.disk('well');
  await run(write);
  const quick = await secondsOf(write);
  await host.disk('slow', 500);
  expect(await secondsOf(write)).toBeGreaterThan(quick + 0.5);
  await host.disk('well');
});

async function secondsOf(script: string): Promise<number> {
  const started = performance.now();
  await run(script);
  return (performance.now() - started) / 1000;
}

test('removed, it is gone with its disk, and comes back as another machine', async () => {
  const machineId = await run('cat /etc/machine-id');
  await host.remove();
  expect(await host.state()).toBeUndefined();
  await host.start();
  expect(await run('cat /etc/machine-id')).not.toBe(machineId);
});

/** Other instances may come and go meanwhile: only what is of this kind is looked for. */
const isOurs = ({ change, line }: Difference): boolean => change === 'came' && /byom|machines|uml/.test(line);
const left = async () => compareFootprints(before, await readFootprint()).filter(isOurs);

test('it can be opened again by name, and nothing is left of it in the end', async () => {
  const opened = await openInstance(name);
  expect(opened.hosts.map(({ kind }) => kind)).toEqual(['machine']);
  await stopInstance(name, () => {});
  // The last processes of a kernel that was killed end a moment after it.
  await expect.poll(left, { timeout: 30_000 }).toEqual([]);
});
