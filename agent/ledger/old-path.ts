// The state of a path before it is changed: written down, and put back.
import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { lchown, mkdir, readFile, readlink, rename, rm, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ByoError } from '../../common/errors.ts';
import { removeFileDurably, syncDirectory, temporaryPathOf, writeFileDurably } from '../host/durable-file.ts';
import type { Change } from '../journal/changes.ts';
import { oldOf, recordOnce, type LedgerScope, type Problem } from './change.ts';
import { isSecretPath, isVolatilePath, lookAt } from './target.ts';

/** Larger contents are kept as files beside the journal. */
const MAX_BLOB_BYTES = 1024 * 1024;

/** `kept` says where the old content is; that of a secret file is nowhere. */
const OldPath = z.discriminatedUnion('was', [
  z.object({ was: z.literal('absent') }),
  // The owner is absent in records of versions that did not keep it: then it is root.
  z.object({ was: z.literal('link'), to: z.string(), uid: z.int().default(0), gid: z.int().default(0) }),
  z.object({
    was: z.literal('file'),
    mode: z.int(),
    uid: z.int(),
    gid: z.int(),
    modifiedAt: z.number(),
    kept: z.enum(['journal', 'beside', 'nowhere']),
  }),
]);
type OldPath = z.infer<typeof OldPath>;
type OldFile = Extract<OldPath, { was: 'file' }>;

/** @throws ByoError `StepFailed` when something lies there that is neither file nor link */
export function recordPath(scope: LedgerScope, target: string): Promise<void> {
  return recordOnce(scope, { kind: 'path', target }, async () => {
    const path = scope.root + target;
    const stats = await lookAt(path);
    if (!stats) return { old: { was: 'absent' } };
    const { uid, gid } = stats;
    if (stats.isSymbolicLink()) return { old: { was: 'link', to: await readlink(path), uid, gid } };
    if (!stats.isFile()) throw notAFile(target);
    return readOldFile(scope, { target, stats });
  });
}

type FileFound = { target: string; stats: Stats };

async function readOldFile(
  scope: LedgerScope,
  { target, stats }: FileFound,
): Promise<{ old: OldFile; content?: Buffer }> {
  const { mode, uid, gid, mtimeMs, size } = stats;
  const old = { was: 'file' as const, mode: mode & 0o7777, uid, gid, modifiedAt: mtimeMs };
  if (isSecretPath(target)) return { old: { ...old, kept: 'nowhere' } };
  const path = scope.root + target;
  if (size <= MAX_BLOB_BYTES) return { old: { ...old, kept: 'journal' }, content: await readFile(path) };
  const beside = besidePathOf(scope, target);
  await mkdir(dirname(beside), { recursive: true, mode: 0o700 });
  await writeFileDurably(beside, createReadStream(path), { mode: 0o600 });
  await syncDirectory(scope.journal.folder);
  return { old: { ...old, kept: 'beside' } };
}

/** Puts the path back as it was; what was made half is removed with it. */
export async function undoPath(scope: LedgerScope, change: Change): Promise<Problem> {
  const old = oldOf(OldPath, change);
  const path = scope.root + change.target;
  await rm(temporaryPathOf(path), { force: true });
  const now = await lookAt(path);
  if (now && !now.isFile() && !now.isSymbolicLink()) return 'it has become something else than a file';
  if (old.was === 'file') return undoFile(scope, change, old);
  if (old.was === 'absent') await removeFileDurably(path);
  else await putLinkBack(path, old);
  return undefined;
}

async function undoFile(scope: LedgerScope, change: Change, old: OldFile): Promise<Problem> {
  const path = scope.root + change.target;
  if (old.kept === 'nowhere') {
    await removeFileDurably(path);
    return isVolatilePath(change.target) ? undefined : 'its old content was secret and has not been kept';
  }
  const beside = besidePathOf(scope, change.target);
  const content = old.kept === 'beside' ? createReadStream(beside) : scope.journal.readContent(change.id);
  if (!content) return 'its old content is missing from the journal';
  await writeFileDurably(path, content, { mode: old.mode, owner: { uid: old.uid, gid: old.gid } });
  await utimes(path, old.modifiedAt / 1000, old.modifiedAt / 1000);
  return undefined;
}

/** For when the change is marked as undone: until then a crash needs the old content again. */
export async function dropKeptContent(scope: LedgerScope, change: Change): Promise<void> {
  await rm(besidePathOf(scope, change.target), { force: true });
}

/** With its owner: a local user's link that came back as root's would be trusted. */
async function putLinkBack(path: string, { to, uid, gid }: Extract<OldPath, { was: 'link' }>): Promise<void> {
  const temporary = temporaryPathOf(path);
  await symlink(to, temporary);
  await lchown(temporary, uid, gid);
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

function besidePathOf({ journal, claim }: LedgerScope, target: string): string {
  const name = createHash('sha256')
    .update(JSON.stringify([claim.incarnation, claim.generation, target]))
    .digest('hex');
  return join(journal.folder, 'ledger', name);
}

export function notAFile(target: string): ByoError {
  return inTheWay(target, 'neither a file nor a link');
}

export function notAFolder(target: string): ByoError {
  return inTheWay(target, 'no folder');
}

function inTheWay(target: string, what: string): ByoError {
  return new ByoError('StepFailed', `${target} is in the way: it is ${what}`, {
    remedy: 'Move it away on the host',
    retryable: true,
  });
}
