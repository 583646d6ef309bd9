// The root file system of a Debian as its installer leaves it, for hosts of either kind: nothing in it makes two of them one machine.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findMirror } from './debian.ts';
import { runCommand } from './run-command.ts';

/** Where it is unpacked, of which release, and what is installed beside the least there is. `cache`: the lab's. */
export type DebianRoot = { root: string; release: string; packages: readonly string[]; cache: string };

export async function debootstrap({ root, release, packages, cache }: DebianRoot): Promise<void> {
  const mirror = await findMirror();
  const downloads = join(cache, 'debian-packages');
  await mkdir(downloads, { recursive: true });
  const options = ['--variant=minbase', `--include=${packages.join(',')}`, `--cache-dir=${downloads}`];
  // A mount namespace of its own: killed half-way, it leaves no /proc mounted below the cache.
  await runCommand('unshare', ['--mount', '/usr/sbin/debootstrap', ...options, release, root, mirror.url], {
    environment: mirror.proxy === '' ? {} : { http_proxy: mirror.proxy },
  });
}

const BUILDERS = ['etc/hostname', 'etc/resolv.conf', 'var/log/bootstrap.log'];

/** Takes out all that would make two hosts the same machine, and what the builder's machine left in it; `more`: paths in it. */
export async function makeAnonymous(root: string, more: readonly string[] = []): Promise<void> {
  const ssh = join(root, 'etc/ssh');
  const keys = (await readdir(ssh)).filter((name) => name.startsWith('ssh_host_'));
  const others = ['var/lib/dbus/machine-id', ...BUILDERS, ...more];
  const gone = [...keys.map((key) => join(ssh, key)), ...others.map((path) => join(root, path))];
  await Promise.all(gone.map((path) => rm(path, { force: true })));
  // Empty, not absent: systemd writes a fresh one at boot.
  await writeFile(join(root, 'etc/machine-id'), '');
  await runCommand('chroot', [root, 'apt-get', 'clean']);
}
