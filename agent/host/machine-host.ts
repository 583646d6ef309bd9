// The real machine.
import { lstat, readFile, readdir, readlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { ensureBootMarker } from './boot-marker.ts';
import { hasCode, isMissing } from '../../common/system-error.ts';
import type { FileStat, Host } from './host.ts';
import { runCommand } from './run-command.ts';
import { createTransientUnits } from './transient-units.ts';

/** `stateDir` outlives a boot, `runDir` must be on tmpfs; `root` prefixes the paths that are read, for tests. */
export type MachineHostOptions = { stateDir: string; runDir?: string; root?: string };

/** Where everything lives that must not outlive a boot: secrets and the boot marker. */
export const RUN_DIRECTORY = '/run/byo-agent';

export function createMachineHost(options: MachineHostOptions): Host {
  const runDir = options.runDir ?? RUN_DIRECTORY;
  const bootMarker = (): Promise<string> => ensureBootMarker(runDir);
  const folders = { disk: join(options.stateDir, 'units'), memory: join(runDir, 'units') };
  return {
    ...createFileReader(options.root ?? ''),
    ...(options.root === undefined ? {} : { root: options.root }),
    ...createTransientUnits({ folders, run: runCommand, bootMarker }),
    run: runCommand,
    bootMarker,
  };
}

/** The reading half of a Host, below `root`. */
export function createFileReader(root: string): Pick<Host, 'readFile' | 'stat' | 'list' | 'readLink'> {
  return {
    readFile: (path) => unlessMissing(readFile(join(root, path)), undefined),
    async stat(path) {
      const stats = await unlessMissing(lstat(join(root, path)), undefined);
      return stats && fileStatOf(stats);
    },
    list: (path) => unlessMissing(readdir(join(root, path)), []),
    readLink: (path) => unlessMissing(readLink(join(root, path)), undefined),
  };
}

async function readLink(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    // readlink(2): it is no link.
    if (hasCode(error, 'EINVAL')) return undefined;
    throw error;
  }
}

async function unlessMissing<Value, Absent>(reading: Promise<Value>, absent: Absent): Promise<Value | Absent> {
  try {
    return await reading;
  } catch (error) {
    if (isMissing(error)) return absent;
    throw error;
  }
}

function fileStatOf(stats: Stats): FileStat {
  const { uid, gid, size } = stats;
  return { kind: kindOf(stats), mode: stats.mode & 0o7777, uid, gid, size };
}

function kindOf(stats: Stats): FileStat['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : 'other';
}
