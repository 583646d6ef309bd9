// A file system that takes no writes, named: full, read-only or failing. Whatever waits for it goes on by itself.
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAILURE_REASONS, type FailureReason } from '../../api/conditions.ts';
import { ByoError } from '../../common/errors.ts';
import { systemErrorCode } from '../../common/system-error.ts';

const { diskFull, diskReadOnly, diskFailed } = FAILURE_REASONS;

const OF_SYSTEM: Record<string, FailureReason> = {
  ENOSPC: diskFull,
  EDQUOT: diskFull,
  EROFS: diskReadOnly,
  EIO: diskFailed,
};

/** SQLITE_FULL, _READONLY, _IOERR, _CANTOPEN (sqlite.org/rescode.html): the low byte of what it says. */
const OF_SQLITE: Record<number, FailureReason> = { 13: diskFull, 8: diskReadOnly, 10: diskFailed, 14: diskFailed };

const SAID: Partial<Record<FailureReason, { what: string; remedy: string }>> = {
  [diskFull]: { what: 'no space is left', remedy: 'Free space there (`df -h`, `df -i`)' },
  [diskReadOnly]: {
    what: 'the file system is read-only',
    remedy: 'See `dmesg` for why, and mount it writable again (`mount -o remount,rw`)',
  },
  [diskFailed]: {
    what: 'the disk cannot be written or read',
    remedy: 'See `dmesg`; mend or replace the disk',
  },
};

const TRIED_BYTES = 65_536;

/** Kernel settings are files that no disk holds. */
const NO_DISK = /^\/(proc|sys)(\/|$)/;

/** A named failure of the disk: everybody else's errors are none. */
export function isDiskError(error: unknown): error is ByoError {
  return error instanceof ByoError && SAID[error.reason] !== undefined;
}

/** The error with a name when the disk is its cause, else as it came. `place`: what could not be written. */
export function nameDiskError(error: unknown, place?: string): unknown {
  if (!(error instanceof Error)) return error;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  const reason = reasonOf(error);
  if (!reason || (path && NO_DISK.test(path))) return error;
  return describe(reason, path ?? place ?? 'the host', error);
}

/** As `nameDiskError`; of SQLite, which tells a full disk in many ways, only after a look at what the folder says itself. */
export function nameFolderError(error: unknown, folder: string): unknown {
  const named = nameDiskError(error, folder);
  if (!isDiskError(named) || named.reason === diskFull) return named;
  return findDiskError(folder) ?? named;
}

function reasonOf(error: Error): FailureReason | undefined {
  if ('errcode' in error) return OF_SQLITE[Number(error.errcode) & 0xff];
  return OF_SYSTEM[systemErrorCode(error) ?? ''];
}

function describe(reason: FailureReason, place: string, cause: unknown): ByoError {
  const { what, remedy } = SAID[reason] ?? { what: 'it fails', remedy: 'See `dmesg`' };
  return new ByoError(reason, `${place} cannot be written: ${what}`, {
    remedy: `${remedy}; the agent goes on by itself`,
    retryable: true,
    cause,
  });
}

/** Why no file can be made there that a few writes of the journal would fit into; undefined when one can. */
export function findDiskError(folder: string): ByoError | undefined {
  const path = join(folder, '.byo-try');
  try {
    const file = openSync(path, 'w', 0o600);
    try {
      writeFileSync(file, Buffer.alloc(TRIED_BYTES, 1));
      fsyncSync(file);
    } finally {
      closeSync(file);
      rmSync(path, { force: true });
    }
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? reasonOf(error) : undefined;
    if (reason) return describe(reason, folder, error);
    throw error;
  }
}
