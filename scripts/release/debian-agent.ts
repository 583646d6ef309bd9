// The agent as a Debian package: the files of the tar where a distribution puts its own, and apt as their owner.
import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Architecture } from '../../common/platform.ts';
import { runChecked } from '../../lab/spawn.ts';
import { bundle } from '../../packaging/bundle.ts';
import { listFiles } from '../../packaging/package-contents.ts';

/** Where the tar's installer puts the version that runs, and where apt does. */
const TAR_HOME = '/usr/local/lib/byo-agent/current';
const HOME = '/usr/lib/byo-agent';

export type DebianAgent = { root: string; output: string; work: string; version: string; architecture: Architecture };

/** Path of `byo-agent_<version>_<architecture>.deb`; the same files give the same bytes. */
export async function buildDebianAgent({ root, output, work, version, architecture }: DebianAgent): Promise<string> {
  const tree = join(work, `deb-${architecture}`);
  await addProgram(root, architecture, tree);
  await write(tree, '/usr/share/doc/byo-agent/copyright', 0o644, await readFile(join(root, 'LICENSE'), 'utf8'));
  for (const script of ['preinst', 'postinst', 'prerm', 'postrm']) {
    await put(tree, `/DEBIAN/${script}`, 0o755, join(root, 'packaging/debian', script));
  }
  const number = version.slice(1).replace('-', '~');
  await write(tree, '/DEBIAN/control', 0o644, controlOf(number, architecture));
  const path = join(output, `byo-agent_${number}_${architecture}.deb`);
  // Times are those of the epoch; level and format are said, since a default may change.
  const options = ['--root-owner-group', '-Zgzip', '-z6', '--build', tree, path];
  await runChecked(['dpkg-deb', ...options], { env: { SOURCE_DATE_EPOCH: '0' } });
  return path;
}

async function addProgram(root: string, architecture: Architecture, tree: string): Promise<void> {
  const folder = `${tree}-program`;
  await bundle({ root, entries: { main: 'agent/main.ts' }, folder, format: 'cjs' });
  for (const { path, from, mode } of await listFiles(root, architecture, join(folder, 'main.cjs'))) {
    if (/^(bin\/node|lib\/)/.test(path)) await put(tree, join(HOME, path), mode, from);
  }
  const own = (name: string) => readFile(join(root, 'packaging', name), 'utf8');
  await write(tree, join(HOME, 'bin/byo-agent'), 0o755, moveLauncher(await own('byo-agent')));
  await write(tree, '/usr/lib/systemd/system/byo-agent.service', 0o644, moveUnit(await own('byo-agent.service')));
  await mkdir(join(tree, 'usr/bin'), { recursive: true });
  await symlink('../lib/byo-agent/bin/byo-agent', join(tree, 'usr/bin/byo-agent'));
}

/** Apt keeps no version before: the unit has nothing to fall back to. */
export function moveUnit(unit: string): string {
  const lines = unit
    .split('\n')
    .filter((line) => !/^(ExecStartPre|ExecStartPost)=|^# A version that was installed/.test(line));
  return lines.join('\n').replaceAll(TAR_HOME, HOME);
}

export function moveLauncher(launcher: string): string {
  return launcher.replace(`home=${TAR_HOME}`, `home=${HOME}`);
}

function controlOf(version: string, architecture: Architecture): string {
  return [
    'Package: byo-agent',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: The byo-provider authors <noreply@invalid>',
    'Section: admin',
    'Priority: optional',
    'Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6, systemd (>= 239)',
    'Description: Bring-your-own-host agent of Cluster API',
    ' Turns this machine into a node of a Kubernetes cluster, and back, on the orders',
    ' of a Cluster API management cluster. It does nothing before it is enrolled.',
    '',
  ].join('\n');
}

async function put(tree: string, path: string, mode: number, from: string): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await copyFile(from, join(tree, path));
  await chmod(join(tree, path), mode);
}

async function write(tree: string, path: string, mode: number, text: string): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await writeFile(join(tree, path), text, { mode });
}
