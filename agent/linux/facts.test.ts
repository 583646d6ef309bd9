// What a machine's files say of it.
import { afterAll, expect, test } from 'vitest';
import { closeWorlds, openWorld } from '../testing/step-world.ts';
import { putNow } from '../testing/play-machine.ts';
import { readSELinux } from './facts.ts';

afterAll(closeWorlds);

test('a kernel with SELinux on a machine that is not set up for it does not use it: no policy, no labels, no restorecon', async () => {
  const { host } = await openWorld('install');
  expect(await readSELinux(host)).toBe('none');
  putNow(host.root, '/sys/fs/selinux/enforce', '0');
  expect(await readSELinux(host)).toBe('none');
  putNow(host.root, '/etc/selinux/config', 'SELINUX=permissive\n');
  expect(await readSELinux(host)).toBe('permissive');
  putNow(host.root, '/sys/fs/selinux/enforce', '1');
  expect(await readSELinux(host)).toBe('enforcing');
});
