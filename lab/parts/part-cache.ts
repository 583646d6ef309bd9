// The cache: parts/<name>/<key>/, each made in a temporary folder beside it and renamed into place when it is whole.
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../common/system-error.ts';
import type { OnProgress, Part } from './part.ts';
import { withPartLock } from './part-lock.ts';
import { buildingLine, builtLine, waitingLine } from './progress.ts';

/** A part with its key and the folders of what it needs, ready to be looked up or built. */
export type KeyedPart = { part: Part; key: string; folder: string; need: (name: string) => string };

/** Where a part with this key lives. */
export function partFolder(cache: string, name: string, key: string): string {
  return join(cache, 'parts', name, key);
}

/** Makes sure the part's folder exists, whole. Returns whether this call built it. */
export async function ensurePart(cache: string, keyed: KeyedPart, onProgress: OnProgress): Promise<boolean> {
  if (await isReady(cache, keyed)) return false;
  const lock = join(cache, 'locks', `${keyed.part.name}.lock`);
  const onWait = (pid: number): void => onProgress(waitingLine(keyed.part, pid));
  return await withPartLock(lock, onWait, async () => {
    if (await isReady(cache, keyed)) return false;
    await buildPart(cache, keyed, onProgress);
    return true;
  });
}

async function buildPart(cache: string, keyed: KeyedPart, onProgress: OnProgress): Promise<void> {
  const started = performance.now();
  onProgress(buildingLine(keyed.part, keyed.part.expected));
  const parent = join(cache, 'parts', keyed.part.name);
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent);
  const folder = await mkdtemp(join(parent, '.building-'));
  try {
    await keyed.part.build({ folder, cache, key: keyed.key, need: keyed.need, onProgress });
    await rm(keyed.folder, { recursive: true, force: true });
    await rename(folder, keyed.folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new Error(`${keyed.part.name} ${keyed.part.version} could not be built`, { cause: error });
  }
  onProgress(builtLine(keyed.part, performance.now() - started));
}

/** What a builder left that died: the lock is ours, so no living builder owns them. */
async function removeLeftovers(parent: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith('.building-'));
  await Promise.all(names.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}

async function isReady(cache: string, keyed: KeyedPart): Promise<boolean> {
  if (!(await isFolder(keyed.folder))) return false;
  return (await keyed.part.isWhole?.(keyed.folder, cache)) ?? true;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
