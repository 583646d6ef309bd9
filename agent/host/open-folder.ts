// Folders held open while something in them is changed: what a path led to when it was looked at is what is worked on.
import { constants } from 'node:fs';
import { open, lstat, type FileHandle } from 'node:fs/promises';
import { ByoError, printable } from '../../common/errors.ts';
import { hasCode } from '../../common/system-error.ts';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** A path of the folder that is open, whatever becomes of its name (proc(5)). `${pathOf(folder)}/name` is openat(2). */
export function pathOf(folder: FileHandle): string {
  return `/proc/self/fd/${folder.fd}`;
}

/** A folder, never a link to one. @throws the system's error ENOTDIR or ELOOP for anything else */
export function openNoFollow(path: string | Buffer): Promise<FileHandle> {
  return open(path, FOLDER);
}

/**
 * Opens the folder step by step and follows no link on the way: the path is one that has been resolved, so a link there
 * came since. `root` prefixes it, for tests. @throws ByoError `StepFailed` naming a link; the system's error otherwise
 */
export async function openFolder(root: string, path: string): Promise<FileHandle> {
  let folder = await openNoFollow(root === '' ? '/' : root);
  let way = '';
  for (const name of path.split('/').filter(Boolean)) {
    const parent = folder;
    way += `/${name}`;
    try {
      folder = await openNoFollow(`${pathOf(parent)}/${name}`);
    } catch (error) {
      throw await nameLink(`${pathOf(parent)}/${name}`, way, error);
    } finally {
      await parent.close();
    }
  }
  return folder;
}

/** Works in the folder by the path that is given, which stays the same folder until the work has ended. */
export async function withFolder<Result>(
  root: string,
  path: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await openFolder(root, path);
  try {
    return await work(pathOf(folder));
  } finally {
    await folder.close();
  }
}

/** Opens a file to be read; never a link, and never waiting for a pipe's other end. */
export function openFileNoFollow(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
}

/** The content of a file that is no link. */
export async function readNoFollow(path: string): Promise<Buffer> {
  const file = await openFileNoFollow(path);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Linux says ENOTDIR of a link as of a file (open(2)): for whoever asks, a link is not the absence of a folder. */
async function nameLink(place: string, way: string, error: unknown): Promise<unknown> {
  if (!hasCode(error, 'ENOTDIR') && !hasCode(error, 'ELOOP')) return error;
  // What cannot be looked at may be a link as well: then nothing is changed through it either.
  const stats = await lstat(place).catch(() => undefined);
  if (stats && !stats.isSymbolicLink()) return error;
  return new ByoError('StepFailed', `${printable(way, 256)} has become a link: nothing is changed through it`, {
    remedy: 'Find out who made the link, and put the folder back on the host',
    retryable: true,
  });
}
