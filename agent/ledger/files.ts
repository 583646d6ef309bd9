// Changes of files and folders, each written down before it is made.
import { mkdir, readdir, rmdir, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { printable } from '../../common/errors.ts';
import { removeFileDurably, syncDirectory, writeFileDurably } from '../../common/durable-file.ts';
import { hasCode, isMissing } from '../../common/system-error.ts';
import { openFolder } from '../host/open-folder.ts';
import type { Change } from '../journal/changes.ts';
import { recordOnce, type LedgerScope, type Problem } from './change.ts';
import { arePackaged } from './packaged.ts';
import type { FileOptions } from './ledger.ts';
import { notAFile, notAFolder, recordPath } from './old-path.ts';
import { ABSENT, atTarget, noteOurs, stateOfContent } from './state-of-path.ts';
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
  await recordPath(scope, target, options);
  await putFile(scope, target, content, options);
}

/** Through the folder as it is now: what a local user makes of the way there meanwhile leads nobody elsewhere. */
export async function putFile(
  scope: LedgerScope,
  target: string,
  content: Buffer | string | AsyncIterable<Uint8Array>,
  options: FileOptions,
): Promise<void> {
  const onWritten = (sha256: string): void => noteOurs(scope, target, stateOfContent(sha256));
  const durable = { mode: options.mode, owner: ownerOf(scope, options), onWritten };
  await atTarget(scope, target, (place) => writeFileDurably(place, content, durable));
}

export async function removeFile(scope: LedgerScope, path: string): Promise<void> {
  const target = await resolveTarget(scope.root, path);
  const stats = await lookAt(scope.root + target);
  if (!stats) return;
  if (stats.isDirectory()) throw notAFile(target);
  // What lies below a volatile folder is nothing that a reset could owe to anybody.
  if (!isVolatilePath(target)) await recordPath(scope, target);
  noteOurs(scope, target, ABSENT);
  await atTarget(scope, target, removeFileDurably);
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
  await atFolder(scope, target, async (folder) => {
    const { uid, gid } = ownerOf(scope, options);
    await folder.chown(uid, gid);
    await folder.chmod(options.mode);
  });
}

async function atFolder(
  { root }: LedgerScope,
  target: string,
  work: (folder: FileHandle) => Promise<void>,
): Promise<void> {
  const folder = await openFolder(root, target);
  try {
    await work(folder);
  } finally {
    await folder.close();
  }
}

async function makeDirectory(scope: LedgerScope, target: string): Promise<void> {
  await ensureDirectory(scope, dirname(target), { mode: 0o755 });
  await recordOnce(scope, { kind: 'directory', target }, async () => ({ old: {} }));
  await atTarget(scope, target, async (place) => {
    await mkdir(place, { mode: 0o700 }).catch((error: unknown) => {
      // Whoever writes beside this one needed it as well, and was first.
      if (!hasCode(error, 'EEXIST')) throw error;
    });
    await syncDirectory(dirname(place));
  });
}

/** Only a folder that has become empty again goes; what others put into it is theirs. */
export async function undoDirectory(scope: LedgerScope, change: Change): Promise<Problem> {
  return atTarget(scope, change.target, async (place) => {
    await rmdir(place);
    await syncDirectory(dirname(place));
    return undefined;
  }).catch(async (error: unknown) => {
    if (isMissing(error)) return undefined;
    if (hasCode(error, 'ENOTEMPTY')) return describeContent(scope, change.target);
    if (hasCode(error, 'EBUSY')) return 'something is mounted on it';
    throw error;
  });
}

/** How the problem of such a folder begins: it may pass with what is deleted after it. */
export const NOT_EMPTY = 'it is not empty';

/** A folder that we made before a package came to it (keepalived, its configuration written first) is the package's now. */
async function describeContent({ host, root }: LedgerScope, folder: string): Promise<Problem> {
  const names = await readdir(root + folder);
  if (await arePackaged(host, folder, names)) return undefined;
  return `${NOT_EMPTY}: ${printable(names.slice(0, 5).join(', '), 200)}`;
}

/** In a test's folder everything belongs to whoever runs the test, unless an owner is asked for. */
function ownerOf(scope: LedgerScope, options: FileOptions): { uid: number; gid: number } {
  if (options.owner) return options.owner;
  return scope.root === '' ? ROOT_OWNER : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}
