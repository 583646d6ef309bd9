// The state of a path before it is changed: written down, and put back.
import type { Stats } from 'node:fs';
import { lchown, lutimes, mkdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ByoError } from '../../common/errors.ts';
import { removeFileDurably, syncDirectory, temporaryPathOf, writeFileDurably } from '../../common/durable-file.ts';
import { isMissing } from '../../common/system-error.ts';
import { openFileNoFollow, readNoFollow } from '../host/open-folder.ts';
import type { Change } from '../journal/changes.ts';
import { oldOf, recordOnce, type LedgerScope, type Undone } from './change.ts';
import { isTheirs, keepTheirs } from './edited.ts';
import { besidePathOf, keptContent, OldPath, type OldFile } from './old-state.ts';
import { atTarget, readState } from './state-of-path.ts';
import { isSecretPath, isVolatilePath, lookAt } from './target.ts';

/** Larger contents are kept as files beside the journal. */
const MAX_BLOB_BYTES = 1024 * 1024;

/**
 * @throws ByoError `StepFailed` when something lies there that is neither file nor link; `HostUnfit` for a key of the
 * owner's, whose content may not be copied and so could not be put back
 */
export function recordPath(scope: LedgerScope, target: string, { isOwn = false }: { isOwn?: boolean } = {}) {
  return recordOnce(scope, { kind: 'path', target }, () =>
    atTarget(scope, target, async (place) => {
      const stats = await lookAt(place);
      if (!stats) return { old: { was: 'absent', own: isOwn } };
      const { uid, gid } = stats;
      if (stats.isSymbolicLink()) return { old: { was: 'link', to: await readlink(place), uid, gid } };
      if (!stats.isFile()) throw notAFile(target);
      return readOldFile(scope, { target, place, stats });
    }),
  );
}

type FileFound = { target: string; place: string; stats: Stats };

async function readOldFile(
  scope: LedgerScope,
  { target, place, stats }: FileFound,
): Promise<{ old: OldFile; content?: Buffer }> {
  const { mode, uid, gid, mtimeMs, size } = stats;
  const old = { was: 'file' as const, mode: mode & 0o7777, uid, gid, modifiedAt: mtimeMs };
  if (isVolatilePath(target)) return { old: { ...old, kept: 'nowhere' } };
  if (isSecretPath(target)) throw notOverwritten(target);
  if (size <= MAX_BLOB_BYTES) return { old: { ...old, kept: 'journal' }, content: await readNoFollow(place) };
  const beside = besidePathOf(scope, target);
  await mkdir(dirname(beside), { recursive: true, mode: 0o700 });
  const file = await openFileNoFollow(place);
  await writeFileDurably(beside, file.createReadStream(), { mode: 0o600 });
  await syncDirectory(scope.journal.folder);
  return { old: { ...old, kept: 'beside' } };
}

/** Puts the path back as it was, unless it is not as we left it; what was made half is removed with it. */
export async function undoPath(scope: LedgerScope, recorded: Change): Promise<Undone> {
  // As it is by now: what was appended later has been undone since the changes were listed.
  const change = scope.journal.findChange(scope.claim, 'path', recorded.target) ?? recorded;
  const old = oldOf(OldPath, change);
  return atTarget(scope, change.target, async (place) => {
    await rm(temporaryPathOf(place), { force: true });
    const stats = await lookAt(place);
    if (stats && !stats.isFile() && !stats.isSymbolicLink()) return 'it has become something else than a file';
    const state = await readState(place, stats);
    const found = { change, old, state };
    if (await isTheirs(scope, found)) return keepTheirs(scope, found);
    if (old.was === 'file') return undoFile(scope, { change, old, place });
    if (old.was === 'absent') await removeFileDurably(place);
    else await putLinkBack(place, old);
    return undefined;
  }).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    return old.was === 'absent' ? undefined : { note: 'its folder is gone, and it was not put back' };
  });
}

type OldFileAt = { change: Change; old: OldFile; place: string };

async function undoFile(scope: LedgerScope, { change, old, place }: OldFileAt): Promise<Undone> {
  if (old.kept === 'nowhere') {
    await removeFileDurably(place);
    return isVolatilePath(change.target) ? undefined : 'its old content was secret and has not been kept';
  }
  const content = keptContent(scope, change, old);
  if (!content) return 'its old content is missing from the journal';
  await writeFileDurably(place, content, { mode: old.mode, owner: { uid: old.uid, gid: old.gid } });
  await lutimes(place, old.modifiedAt / 1000, old.modifiedAt / 1000);
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

function notOverwritten(target: string): ByoError {
  return new ByoError('HostUnfit', `${target} was there before the claim, and is no key of its cluster`, {
    remedy: 'Move it away on the host; nothing of it was changed',
    retryable: false,
  });
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
