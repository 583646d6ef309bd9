// Whether this machine can carry the lab at all: everything that is missing and that we cannot install, with the remedy.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../common/system-error.ts';
import { labFolder } from './lab-folder.ts';
import { runCommand } from './run-command.ts';

/** What is known of a machine; `undefined` where the thing is not there. */
export type Machine = {
  isRoot: boolean;
  architecture: string;
  osRelease: string | undefined;
  nodeVersion: string;
  /** As `go env GOVERSION GOTOOLCHAIN` prints it. */
  go: string | undefined;
  /** The newest Go any of our modules asks for. */
  neededGo: string;
  filesystems: string;
};

const oldestDebian = 12;
const oldestNode = 20;
const oldestGo = '1.26';

/** What keeps the lab from running here; empty when nothing does. Debian packages are not in it: they are installed. */
export async function checkMachine(): Promise<string[]> {
  return findObstacles({
    isRoot: process.getuid?.() === 0,
    architecture: process.arch,
    osRelease: await readIfThere('/etc/os-release'),
    nodeVersion: process.versions.node,
    go: await runCommand('go', ['env', 'GOVERSION', 'GOTOOLCHAIN']).catch(() => undefined),
    neededGo: await newestGoAsked(),
    filesystems: (await readIfThere('/proc/filesystems')) ?? '',
  });
}

/** The sentences `checkMachine` returns, each with its remedy. */
export function findObstacles(machine: Machine): string[] {
  return [
    machine.isRoot ? undefined : 'not root: the lab makes containers, networks and mounts; run it as root (sudo -i)',
    ['x64', 'arm64'].includes(machine.architecture)
      ? undefined
      : `processor architecture ${machine.architecture}: use an amd64 or arm64 machine`,
    debianObstacle(machine.osRelease),
    compareVersions(machine.nodeVersion, String(oldestNode)) < 0
      ? `Node.js ${machine.nodeVersion} is too old: install Node.js ${oldestNode} or newer`
      : undefined,
    goObstacle(machine),
    machine.filesystems.includes('overlay')
      ? undefined
      : 'the kernel has no overlay file system: load the module (modprobe overlay) or use a kernel that has it',
  ].filter((obstacle) => obstacle !== undefined);
}

function debianObstacle(osRelease: string | undefined): string | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(osRelease ?? '')?.[1];
  // Debian's testing release has no VERSION_ID: it is newer than any that has.
  if (field('ID') === 'debian' && Number(field('VERSION_ID') ?? oldestDebian) >= oldestDebian) return undefined;
  const found = field('PRETTY_NAME') ?? 'an unknown system';
  return `this is ${found}: the lab installs Debian packages; use Debian ${oldestDebian} or newer (a virtual machine will do)`;
}

function goObstacle({ go, neededGo }: Machine): string | undefined {
  const remedy = `install Go ${neededGo} or newer (https://go.dev/doc/install) and put its bin folder on PATH`;
  const [version = '', toolchain = ''] = (go ?? '').split('\n');
  const found = version.replace(/^go/, '');
  if (found === '') return `Go was not found: ${remedy}`;
  if (compareVersions(found, neededGo) >= 0) return undefined;
  // Any 1.26 fetches the patch release a module asks for, unless told to stay as it is.
  if (compareVersions(found, oldestGo) >= 0 && toolchain !== 'local') return undefined;
  return `Go ${found} is too old: ${remedy}`;
}

/** Compares dotted versions by number; a missing field counts as 0. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(/[.-]/).map((field) => Number.parseInt(field, 10) || 0));
  for (const index of [0, 1, 2]) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

async function newestGoAsked(): Promise<string> {
  const folder = join(labFolder, 'go');
  const files = await Promise.all((await readdir(folder)).map((module) => readIfThere(join(folder, module, 'go.mod'))));
  const asked = files.map((file) => /^go (\S+)$/m.exec(file ?? '')?.[1] ?? '0');
  return asked.toSorted(compareVersions).at(-1) ?? oldestGo;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
