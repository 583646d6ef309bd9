// A little space that is kept for the journal: on a full disk the last words of what runs still fit.
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDiskError, nameDiskError } from '../host/disk-error.ts';

const BYTES = 1024 * 1024;
/** Only taken where it is not what fills the disk. */
const LEAST_FREE = 16 * BYTES;

/** Beside the journal, and gone with it. */
function reservePathOf(journalPath: string): string {
  return `${journalPath}.reserve`;
}

/** Makes it when there is room; answers whether it is there. */
export function keepReserve(journalPath: string): boolean {
  const path = reservePathOf(journalPath);
  if (existsSync(path)) return true;
  const { bavail, bsize } = statfsSync(dirname(journalPath));
  if (bavail * bsize < LEAST_FREE) return false;
  try {
    // Random, since a file system that compresses would keep nothing of zeros.
    writeFileSync(path, randomBytes(BYTES), { mode: 0o600 });
    return true;
  } catch (error) {
    // Somebody else has taken the room meanwhile: a part of it would only stand in the way.
    rmSync(path, { force: true });
    if (isDiskError(nameDiskError(error))) return false;
    throw error;
  }
}

/** Gives it to whoever writes next; answers whether there was one. */
export function spendReserve(journalPath: string): boolean {
  const path = reservePathOf(journalPath);
  if (!existsSync(path)) return false;
  rmSync(path);
  return true;
}
