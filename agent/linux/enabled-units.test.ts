// The links that systemctl makes, as seen on Debian 12: dependencies, aliases, masks, instances, and those of the next boot alone.
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeHost, type FakeHost } from '../host/fake-host.ts';
import { listEnabledUnits, templateOf } from './enabled-units.ts';

const LIB = '/lib/systemd/system';
let host: FakeHost;

beforeEach(async () => {
  host = await createFakeHost();
});

afterEach(() => host.remove());

/** Below /etc/systemd/system unless it is an absolute path. */
async function link(name: string, target: string): Promise<void> {
  const path = join(host.root, name.startsWith('/') ? name : `/etc/systemd/system/${name}`);
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}

test('a machine without these folders has nothing that is enabled', async () => {
  expect(await listEnabledUnits(host)).toEqual([]);
});

test.each([
  ['WantedBy', 'multi-user.target.wants/cron.service', `${LIB}/cron.service`, 'cron.service'],
  ['RequiredBy', 'remote-fs.target.requires/rpcbind.socket', `${LIB}/rpcbind.socket`, 'rpcbind.socket'],
  ['UpheldBy', 'a.service.upholds/b.service', `${LIB}/b.service`, 'b.service'],
  ['until the next boot', '/run/systemd/system/multi-user.target.wants/c.service', `${LIB}/c.service`, 'c.service'],
  ['an instance', 'getty.target.wants/getty@tty1.service', `${LIB}/getty@.service`, 'getty@tty1.service'],
  [
    'Alias alone',
    'dbus-org.freedesktop.timesync1.service',
    `${LIB}/systemd-timesyncd.service`,
    'systemd-timesyncd.service',
  ],
  ['a file from elsewhere', 'mine.service', '/opt/mine/mine.service', 'mine.service'],
  ['written relatively', 'sockets.target.wants/d.socket', '../d.socket', 'd.socket'],
])('%s', async (_what, name, target, unit) => {
  await link(name, target);
  expect(await listEnabledUnits(host)).toEqual([unit]);
});

test('one that has several links is told once', async () => {
  await link('multi-user.target.wants/ssh.service', `${LIB}/ssh.service`);
  await link('cloud-init.target.wants/ssh.service', `${LIB}/ssh.service`);
  await link('sshd.service', `${LIB}/ssh.service`);
  expect(await listEnabledUnits(host)).toEqual(['ssh.service']);
});

test('what is masked, there or in one place alone, is not enabled; nor is a file, a drop-in, the default target or our agent', async () => {
  await link('multi-user.target.wants/masked.service', `${LIB}/masked.service`);
  await link('masked.service', '/dev/null');
  await link('multi-user.target.wants/unwanted.service', '../../../../dev/null');
  await link('default.target', `${LIB}/multi-user.target`);
  await link('multi-user.target.wants/byo-agent.service', '/etc/systemd/system/byo-agent.service');
  await host.put('/etc/systemd/system/own.service', '[Service]');
  await host.put('/etc/systemd/system/cron.service.d/own.conf', '[Service]');
  await host.put('/etc/systemd/system/multi-user.target.wants/no-link.service', '[Service]');
  await link('/run/systemd/generator/multi-user.target.wants/generated.service', `${LIB}/generated.service`);
  expect(await listEnabledUnits(host)).toEqual([]);
});

test('the template of an instance', () => {
  expect(templateOf('getty@tty1.service')).toBe('getty@.service');
  expect(templateOf('getty@.service')).toBe('getty@.service');
  expect(templateOf('a@b.c.timer')).toBe('a@.timer');
  expect(templateOf('cron.service')).toBe('cron.service');
});
