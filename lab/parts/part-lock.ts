// One builder a part: a lock file that names its holder, so that a holder that died is told from one that still builds.
// The lock only saves double work: a part appears by one rename, so two builders at once would still be correct.
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '../../common/system-error.ts';
import { currentHolder, isAlive, parseHolder, type Holder } from './lock-holder.ts';

const pollMilliseconds = 500;

/** Runs `work` while holding the lock file `path`; waits for a living holder, telling `onWait` once about each. */
export async function withPartLock<T>(path: string, onWait: (pid: number) => void, work: () => Promise<T>): Promise<T> {
  await acquire(path, onWait);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string, onWait: (pid: number) => void): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  let told = 0;
  while (!(await tryAcquire(path))) {
    const holder = await readHolder(path);
    if (holder !== undefined && !(await isAlive(holder))) {
      await breakLock(path, holder);
      continue;
    }
    if (holder !== undefined && holder.pid !== told) onWait((told = holder.pid));
    await delay(pollMilliseconds);
  }
}

/** A hard link appears with its content or not at all, so nobody ever reads a half-written holder. */
async function tryAcquire(path: string): Promise<boolean> {
  const mine = `${path}.${process.pid}.${performance.now()}`;
  await writeFile(mine, JSON.stringify(await currentHolder()));
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(mine, { force: true });
  }
}

/** Undefined when the file is gone: its holder finished between our two looks. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return parseHolder(await readFile(path, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Moves a dead holder's file away. When the file moved is not the one judged dead, a new holder's was taken: given back. */
async function breakLock(path: string, dead: Holder): Promise<void> {
  const grave = `${path}.dead.${process.pid}`;
  try {
    await rename(path, grave);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const taken = parseHolder(await readFile(grave, 'utf8'));
  if (taken.pid !== dead.pid || taken.start !== dead.start) {
    await link(grave, path).catch((error: unknown) => {
      if (!hasCode(error, 'EEXIST')) throw error;
    });
  }
  await rm(grave, { force: true });
}
