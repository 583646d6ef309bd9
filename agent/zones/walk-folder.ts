// What stands in a folder, read through folders that are held open: never through a link, never into another mount.
import type { Dirent } from 'node:fs';
import { readFile, readdir, type FileHandle } from 'node:fs/promises';
import { isMissing } from '../../common/system-error.ts';
import { openFolder, openNoFollow, pathOf } from '../host/open-folder.ts';

/** `path`: below the folder, one letter for each byte (latin1), since names need not be UTF-8. */
export type Found = { path: string; kind: 'folder' | 'mount' | 'other' };

/** Everything below a resolved path, a folder before what it holds, in the order of names; nothing when it is missing. */
export async function* walkFolder(root: string, path: string): AsyncGenerator<Found> {
  const folder = await openIfThere(root, path);
  if (!folder) return;
  try {
    yield* walkOpened(folder, '', await mountIdOf(folder));
  } finally {
    await folder.close();
  }
}

async function* walkOpened(folder: FileHandle, below: string, mount: string): AsyncGenerator<Found> {
  for (const entry of await readEntries(folder, below)) {
    const path = pathBelow(below, entry);
    if (!entry.isDirectory()) {
      yield { path, kind: 'other' };
      continue;
    }
    const child = await openIfStill(folder, entry);
    if (!child) continue;
    try {
      const isMount = (await mountIdOf(child)) !== mount;
      yield { path, kind: isMount ? 'mount' : 'folder' };
      if (!isMount) yield* walkOpened(child, path, mount);
    } finally {
      await child.close();
    }
  }
}

/** Undefined when there is no such folder. @throws ByoError for a link that has come since the path was resolved */
export async function openIfThere(root: string, path: string): Promise<FileHandle | undefined> {
  return openFolder(root, path).catch(unlessMissing);
}

/** Undefined when it has gone, or is no folder any more. */
export async function openIfStill(folder: FileHandle, { name }: Dirent<Buffer>): Promise<FileHandle | undefined> {
  return openNoFollow(childOf(folder, name)).catch(unlessMissing);
}

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
  return undefined;
}

/** In the order of names, so that the same folder is told in the same words. */
export async function readEntries(folder: FileHandle, below: string): Promise<Dirent<Buffer>[]> {
  const entries = await readdir(pathOf(folder), { encoding: 'buffer', withFileTypes: true });
  const isOfFileSystem = ({ name }: Dirent<Buffer>): boolean => below === '' && name.toString() === 'lost+found';
  // What mkfs makes at the top of a disk of its own is nobody's data, and is not taken away either.
  return entries.filter((entry) => !isOfFileSystem(entry)).toSorted((a, b) => Buffer.compare(a.name, b.name));
}

/** The entry's path for system calls: relative to the open folder, so that nobody can lead it elsewhere. */
export function childOf(folder: FileHandle, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${pathOf(folder)}/`), name]);
}

export function pathBelow(below: string, { name }: Dirent<Buffer>): string {
  return below === '' ? name.toString('latin1') : `${below}/${name.toString('latin1')}`;
}

/**
 * The mount that the open folder is on (proc(5), fdinfo): unlike a device number it tells a bind mount of the same file
 * system as well, and a btrfs subvolume, which is no mount, is not mistaken for one.
 */
export async function mountIdOf(folder: FileHandle): Promise<string> {
  const [, id] = /^mnt_id:\s*(\d+)$/m.exec(await readFile(`/proc/self/fdinfo/${folder.fd}`, 'utf8')) ?? [];
  if (id === undefined) throw new Error('the kernel does not tell the mount of an open folder');
  return id;
}

/** As a person reads it. */
export function showPath(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}
