// A lock between processes that dies with its holder: an exclusive SQLite transaction, so no stale lock files to judge.
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Run `action` while holding the lock at `path` (a file that stays). `onWait` is called once when another process holds
 * it. Waits for ever: the holder's death frees it.
 */
export async function withLock<T>(path: string, onWait: () => void, action: () => Promise<T>): Promise<T> {
  const lock = await acquire(path, onWait);
  try {
    return await action();
  } finally {
    lock.close();
  }
}

async function acquire(path: string, onWait: () => void): Promise<DatabaseSync> {
  for (let attempt = 0; ; attempt += 1) {
    const lock = tryAcquire(path);
    if (lock) return lock;
    if (attempt === 0) onWait();
    await delay(100);
  }
}

function tryAcquire(path: string): DatabaseSync | undefined {
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) return undefined;
    throw error;
  }
}
