// The Debian machine the lab runs on: its packages, and the mirror its own apt uses.
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import type { OnProgress } from './part.ts';

const quietly = { DEBIAN_FRONTEND: 'noninteractive' };

/** Debian packages the lab uses, by what for. */
export const debianPackages: readonly string[] = [
  'podman',
  'buildah',
  'runc',
  'crun',
  'netavark',
  'aardvark-dns',
  'catatonit',
  'uidmap',
  'debootstrap',
  'debian-archive-keyring',
  'gpgv',
  'iproute2',
  'iptables',
  'conntrack',
  'socat',
  'gcc',
  'libc6-dev',
  'libseccomp-dev',
  'pkg-config',
  'python3-venv',
  'ca-certificates',
];

/** Installs the Debian packages that are missing, those of every part and `more`; says so when there are any. */
export async function ensureDebianPackages(onProgress: OnProgress, more: readonly string[] = []): Promise<void> {
  const missing = await findMissingPackages([...debianPackages, ...more]);
  if (missing.length === 0) return;
  onProgress(`Debian packages … installing ${missing.join(' ')}`);
  // A failed update of some foreign repository does not stop us; without the packages themselves the install says so.
  const update = await runCommand('apt-get', ['update', '-qq'], { environment: quietly }).then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  try {
    const options = ['install', '--yes', '-qq', '--no-install-recommends'];
    await runCommand('apt-get', [...options, ...missing], { environment: quietly });
  } catch (cause) {
    throw new Error(`Debian packages ${missing.join(' ')} could not be installed: install them by hand. ${update}`, {
      cause,
    });
  }
}

/**
 * Unpacks Debian packages into a folder without installing them: for servers that would start, and keep a port, by being
 * installed. Their libraries must be on the machine. `downloads` keeps the packages.
 */
export async function unpackPackages(names: readonly string[], folder: string, downloads: string): Promise<void> {
  const fetch = () => runCommand('apt-get', ['download', '-qq', ...names], { environment: quietly, folder: downloads });
  await rm(downloads, { recursive: true, force: true });
  await mkdir(downloads, { recursive: true });
  // What apt knows of the archive may be older than the archive.
  await fetch().catch(async () => {
    await runCommand('apt-get', ['update', '-qq'], { environment: quietly });
    await fetch();
  });
  for (const name of await readdir(downloads)) await runCommand('dpkg-deb', ['-x', join(downloads, name), folder]);
}

async function findMissingPackages(wanted: readonly string[]): Promise<string[]> {
  const format = ['--show', '--showformat', '${Package} ${db:Status-Status}\n', '*'];
  return missingFrom(await runCommand('dpkg-query', format), wanted);
}

/** Which of these packages a listing of `name status` lines does not show as installed. */
export function missingFrom(listing: string, wanted = debianPackages): string[] {
  const installed = new Set(listing.split('\n').filter((line) => line.endsWith(' installed')));
  return wanted.filter((name) => !installed.has(`${name} installed`));
}

/** A Debian archive and the proxy to it, both as this machine's apt is configured. `proxy` is empty when there is none. */
export type Mirror = { url: string; proxy: string };

/** The Debian mirror of this machine. @throws when apt knows none, naming what to add. */
export async function findMirror(): Promise<Mirror> {
  const url = pickMirror(await listTargets()) ?? pickMirror(await updateAndListTargets());
  if (url === undefined) {
    throw new Error('apt is configured with no Debian archive (Origin Debian, component main): add one to its sources');
  }
  return { url, proxy: parseProxy(await runCommand('apt-config', ['shell', 'proxy', 'Acquire::http::Proxy'])) };
}

/** The first archive of Debian itself, not of its security updates, that has component main. */
export function pickMirror(targets: string): string | undefined {
  const prefix = 'Debian|Debian|main|';
  const line = targets.split('\n').find((candidate) => candidate.startsWith(prefix));
  return line?.slice(prefix.length);
}

/** `proxy='http://…'` as apt-config prints it, or nothing. */
export function parseProxy(shell: string): string {
  return /^proxy='([^']*)'/.exec(shell)?.[1] ?? '';
}

async function listTargets(): Promise<string> {
  const format = '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)';
  return await runCommand('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
}

/** Origin and label are known only once the lists have been fetched. */
async function updateAndListTargets(): Promise<string> {
  await runCommand('apt-get', ['update', '-qq'], { environment: quietly });
  return await listTargets();
}
