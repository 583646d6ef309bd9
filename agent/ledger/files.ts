// Changes of files and folders, each written down before it is made.
import { chmod, chown, mkdir, readFile, readdir, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { printable } from '../../common/errors.ts';
import { hasCode, isMissing, removeFileDurably, syncDirectory, writeFileDurably } from '../host/durable-file.ts';
import type { Change } from '../journal/changes.ts';
import { recordOnce, type LedgerScope, type Problem } from './change.ts';
import { arePackaged } from './packaged.ts';
import type { FileOptions } from './ledger.ts';
import { notAFile, notAFolder, recordPath } from './old-path.ts';
import { isVolatilePath, lookAt, resolveTarget } from './target.ts';

const ROOT_OWNER = { uid: 0, gid: 0 };

/** Missing folders are made, 0755, and recorded as well. */
export async function writeFile(
  scope: LedgerScope,
  path: string,
  content: Buffer | string | AsyncIterable<Uint8Array>,
  options: FileOptions,
): Promise<void> {
  const target = await resolveTarget(scope.root, path);
  await ensureDirectory(scope, dirname(target), { mode: 0o755 });
  await recordPath(scope, target);
  await writeFileDurably(scope.root + target, content, { mode: options.mode, owner: ownerOf(scope, options) });
}

/**
 * Appends once: what this claim has appended before, and still stands where it was put, is not appended again. So a rerun
 * after a crash changes nothing, and neither does a second append of the very same bytes.
 */
export async function appendFile(
  scope: LedgerScope,
  path: string,
  content: Buffer,
  options: FileOptions,
): Promise<void> {
  const target = await resolveTarget(scope.root, path);
  const stats = await lookAt(scope.root + target);
  if (stats && !stats.isFile()) throw notAFile(target);
  await ensureDirectory(scope, dirname(target), { mode: 0o755 });
  await recordPath(scope, target);
  const current = stats ? await readFile(scope.root + target) : Buffer.alloc(0);
  if (isAppended(scope, target, { current, content })) return;
  const place = { kind: 'append', target: `${target}#${current.length}` } as const;
  await recordOnce(scope, place, async () => ({ old: {} }));
  const whole = Buffer.concat([current, content]);
  await writeFileDurably(scope.root + target, whole, { mode: options.mode, owner: ownerOf(scope, options) });
}

function isAppended(scope: LedgerScope, target: string, file: { current: Buffer; content: Buffer }): boolean {
  const { current, content } = file;
  return scope.journal.listChanges(scope.claim).some((change) => {
    if (change.kind !== 'append' || !change.target.startsWith(`${target}#`)) return false;
    const offset = Number(change.target.slice(target.length + 1));
    return current.subarray(offset, offset + content.length).equals(content);
  });
}

export async function removeFile(scope: LedgerScope, path: string): Promise<void> {
  const target = await resolveTarget(scope.root, path);
  const stats = await lookAt(scope.root + target);
  if (!stats) return;
  if (stats.isDirectory()) throw notAFile(target);
  // What lies below a volatile folder is nothing that a reset could owe to anybody.
  if (!isVolatilePath(target)) await recordPath(scope, target);
  await removeFileDurably(scope.root + target);
}

/** A folder that was there before the claim keeps its mode and owner. */
export async function ensureDirectory(scope: LedgerScope, path: string, options: FileOptions): Promise<void> {
  const target = await resolveTarget(scope.root, path);
  const stats = await lookAt(scope.root + target);
  // A link to a folder serves as one (usr-merge, /var/run).
  if (stats && !(await stat(scope.root + target)).isDirectory()) throw notAFolder(target);
  const isOurs = scope.journal.findChange(scope.claim, 'directory', target) !== undefined;
  if (stats && !isOurs) return;
  if (!stats) await makeDirectory(scope, target);
  // Again after a crash between the two: mkdir obeys the umask, and knows no owner.
  const { uid, gid } = ownerOf(scope, options);
  await chown(scope.root + target, uid, gid);
  await chmod(scope.root + target, options.mode);
}

async function makeDirectory(scope: LedgerScope, target: string): Promise<void> {
  await ensureDirectory(scope, dirname(target), { mode: 0o755 });
  await recordOnce(scope, { kind: 'directory', target }, async () => ({ old: {} }));
  await mkdir(scope.root + target, { mode: 0o700 }).catch((error: unknown) => {
    // Whoever writes beside this one needed it as well, and was first.
    if (!hasCode(error, 'EEXIST')) throw error;
  });
  await syncDirectory(scope.root + dirname(target));
}

/** Only a folder that has become empty again goes; what others put into it is theirs. */
export async function undoDirectory(scope: LedgerScope, change: Change): Promise<Problem> {
  const path = scope.root + change.target;
  try {
    await rmdir(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (hasCode(error, 'ENOTEMPTY')) return describeContent(scope, change.target, await readdir(path));
    if (hasCode(error, 'EBUSY')) return 'something is mounted on it';
    throw error;
  }
  await syncDirectory(dirname(path));
  return undefined;
}

/** A folder that we made before a package came to it (keepalived, its configuration written first) is the package's now. */
async function describeContent({ host }: LedgerScope, folder: string, names: string[]): Promise<Problem> {
  if (await arePackaged(host, folder, names)) return undefined;
  return `it is not empty: ${printable(names.slice(0, 5).join(', '), 200)}`;
}

/** In a test's folder everything belongs to whoever runs the test, unless an owner is asked for. */
function ownerOf(scope: LedgerScope, options: FileOptions): { uid: number; gid: number } {
  if (options.owner) return options.owner;
  return scope.root === '' ? ROOT_OWNER : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}
