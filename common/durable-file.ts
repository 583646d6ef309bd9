// Files that a power loss leaves either old or new, never half: temporary name, fsync, rename, fsync of the folder.
import { createHash, type Hash } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isMissing } from './system-error.ts';

/** Permissions and owner of the new file; the owner stays the writer's when absent. */
export type DurableOptions = {
  mode: number;
  owner?: { uid: number; gid: number };
  /** Told the SHA-256 of what has been written, in hex, before it takes its place. */
  onWritten?: (sha256: string) => void;
};

/** Name under which a file is made before it is renamed into place: one per target, so that a rerun meets its own rest. */
export function temporaryPathOf(path: string): string {
  const hash = createHash('sha256').update(basename(path)).digest('hex').slice(0, 16);
  return join(dirname(path), `.byo-${hash}.tmp`);
}

/** Replaces `path` as a whole; a link there is replaced, not followed. The folder must exist. */
export async function writeFileDurably(
  path: string,
  content: Buffer | string | AsyncIterable<Uint8Array>,
  options: DurableOptions,
): Promise<void> {
  const temporary = temporaryPathOf(path);
  await rm(temporary, { force: true });
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(temporary, flags, 0o600);
  const hash = createHash('sha256');
  try {
    if (options.onWritten) await writeHashed(file, content, hash);
    else await file.writeFile(content);
    // Owner before mode: chown takes setuid bits away again.
    if (options.owner) await file.chown(options.owner.uid, options.owner.gid);
    await file.chmod(options.mode);
    await file.sync();
  } finally {
    await file.close();
  }
  options.onWritten?.(hash.digest('hex'));
  await publishFile(temporary, path);
}

/** Gives a file that has been written and synced its name: without the folder's fsync a power loss may forget it. */
export async function publishFile(temporary: string, path: string): Promise<void> {
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** As `writeFileDurably`, for what must be there before anything else goes on. */
export function writeFileDurablySync(path: string, content: string, { mode }: { mode: number }): void {
  const temporary = temporaryPathOf(path);
  const file = openSync(temporary, 'w', mode);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Each piece is hashed while the disk takes it: a node's binaries are 300 MB, and one core would wait for the other. */
async function writeHashed(
  file: FileHandle,
  content: Buffer | string | AsyncIterable<Uint8Array>,
  hash: Hash,
): Promise<void> {
  const pieces = typeof content === 'string' || Buffer.isBuffer(content) ? [Buffer.from(content)] : content;
  for await (const piece of pieces) {
    // At the position where the last piece ended.
    const taken = file.writeFile(piece);
    hash.update(piece);
    await taken;
  }
}

/** Removes a file for good; one that is not there is no error. */
export async function removeFileDurably(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncDirectory(dirname(path));
}

/** Makes renames and removals in a folder last; a folder that is gone has nothing to lose. */
export async function syncDirectory(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (!folder) return;
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
