// The one way in which folders are emptied: through folders that are held open, never through a link, never into a mount.
import { rename, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { ByoError, describeError, printable } from '../../common/errors.ts';
import { hasCode, isMissing } from '../../common/system-error.ts';
import { pathOf } from '../host/open-folder.ts';
import { childOf, mountIdOf, openIfStill, openIfThere, pathBelow, readEntries, showPath } from './walk-folder.ts';

/** `path` is resolved already; `kept` holds paths below it, as `walkFolder` tells them, that stay as they are. */
export type FolderToEmpty = { path: string; kept: ReadonlySet<string> };

type Walk = FolderToEmpty & { top: FileHandle; mount: string; moved: number };

/** A folder this deep is moved up first: each level holds a file open, and a pod can make as many as it likes. */
const DEEPEST = 500;

/**
 * Deletes everything below the folder but what is kept; the folder itself stays. Mounts that are kept are not entered.
 * @throws ByoError `ResetBlocked` (retryable) at a mount, or at what the kernel does not let go; what is above it is gone
 * by then, what is on the mount is not
 */
export async function emptyFolder(root: string, { path, kept }: FolderToEmpty): Promise<void> {
  const top = await openIfThere(root, path);
  if (!top) return;
  try {
    const walk: Walk = { path, kept, top, mount: await mountIdOf(top), moved: 0 };
    let moved: number;
    do {
      moved = walk.moved;
      await emptyOpened(walk, top, { below: '', depth: 0 });
    } while (walk.moved > moved);
  } finally {
    await top.close();
  }
}

type Place = { below: string; depth: number };

async function emptyOpened(walk: Walk, folder: FileHandle, { below, depth }: Place): Promise<void> {
  for (const entry of await readEntries(folder, below)) {
    const path = pathBelow(below, entry);
    const place = childOf(folder, entry.name);
    if (entry.isDirectory()) {
      if (depth >= DEEPEST && !walk.kept.has(path)) await moveUp(walk, place);
      else await emptyChild(walk, await openIfStill(folder, entry), { below: path, depth: depth + 1 });
    }
    if (walk.kept.has(path)) continue;
    await tellBlocked(walk, path, entry.isDirectory() ? rmdir(place) : unlink(place));
  }
}

async function emptyChild(walk: Walk, child: FileHandle | undefined, place: Place): Promise<void> {
  if (!child) return;
  try {
    if ((await mountIdOf(child)) === walk.mount) return await emptyOpened(walk, child, place);
    if (!walk.kept.has(place.below)) throw blocked(walk, place.below, 'something is mounted there');
  } finally {
    await child.close();
  }
}

async function moveUp(walk: Walk, place: Buffer): Promise<void> {
  walk.moved += 1;
  await rename(place, `${pathOf(walk.top)}/.byo-${walk.moved}.tmp`);
}

async function tellBlocked(walk: Walk, path: string, deletion: Promise<void>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (isMissing(error)) return;
    throw blocked(walk, path, hasCode(error, 'EBUSY') ? 'something is mounted there' : describeError(error));
  }
}

function blocked({ path: top }: Walk, path: string, why: string): ByoError {
  const place = printable(`${top}/${showPath(path)}`, 500);
  return new ByoError('ResetBlocked', `${place} cannot be deleted: ${printable(why, 200)}`, {
    remedy: 'Unmount it, or see what keeps it, on the host; the reset goes on by itself',
    retryable: true,
  });
}
