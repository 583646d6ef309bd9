// Bytes appended to a file: once, and taken out again alone when the file has been edited since.
import { dirname } from 'node:path';
import { z } from 'zod';
import { writeFileDurably } from '../../common/durable-file.ts';
import { isMissing } from '../../common/system-error.ts';
import { readNoFollow } from '../host/open-folder.ts';
import type { Change } from '../journal/changes.ts';
import { oldOf, recordOnce, type LedgerScope, type Undone } from './change.ts';
import { ensureDirectory, putFile } from './files.ts';
import type { FileOptions } from './ledger.ts';
import { notAFile, recordPath } from './old-path.ts';
import { atTarget, isOurs, noteOurs, sha256Of, restOf, stateOfContent } from './state-of-path.ts';
import { lookAt, resolveTarget } from './target.ts';

/** Of the appended bytes; absent in records of versions that put the whole file back. */
const OldAppend = z.object({ sha256: z.string(), length: z.int() }).partial();

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
  const current = stats ? await atTarget(scope, target, readNoFollow) : Buffer.alloc(0);
  if (isAppended(scope, target, { current, content })) return;
  const place = { kind: 'append', target: `${target}#${current.length}` } as const;
  await recordOnce(scope, place, async () => ({ old: { sha256: sha256Of(content), length: content.length } }));
  await putFile(scope, target, Buffer.concat([current, content]), options);
}

function isAppended(scope: LedgerScope, target: string, file: { current: Buffer; content: Buffer }): boolean {
  const { current, content } = file;
  return scope.journal.listChanges(scope.claim).some((change) => {
    const place = placeOf(change);
    if (change.kind !== 'append' || place.target !== target) return false;
    return current.subarray(place.offset, place.offset + content.length).equals(content);
  });
}

function placeOf({ target }: Change): { target: string; offset: number } {
  const at = target.lastIndexOf('#');
  return { target: target.slice(0, at), offset: Number(target.slice(at + 1)) };
}

/**
 * A file that is as we left it goes back as a whole when its own record is undone, which is older. An edited one keeps all
 * but our bytes, if they stand there once; bytes that nobody finds any more somebody has taken out already.
 */
export async function undoAppend(scope: LedgerScope, change: Change): Promise<Undone> {
  const { target, offset } = placeOf(change);
  const { sha256, length } = oldOf(OldAppend, change);
  const whole = scope.journal.findChange(scope.claim, 'path', target);
  if (!whole || sha256 === undefined || length === undefined) return undefined;
  return atTarget(scope, target, async (place) => {
    const stats = await lookAt(place);
    if (!stats?.isFile()) return undefined;
    const current = await readNoFollow(place);
    if (isOurs(whole, stateOfContent(sha256Of(current)))) return undefined;
    const found = findBytes(current, { sha256, length, offset });
    const [at] = found;
    if (at === undefined) return undefined;
    if (found.length > 1) return { note: `what the cluster appended stands there ${found.length} times, and stays` };
    const rest = Buffer.concat([current.subarray(0, at), current.subarray(at + length)]);
    noteOurs(scope, target, restOf(stateOfContent(sha256Of(rest))));
    const { uid, gid, mode } = stats;
    await writeFileDurably(place, rest, { mode: mode & 0o7777, owner: { uid, gid } });
    return undefined;
  }).catch(unlessMissing);
}

/** Its folder is gone, and the file with it. */
function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
  return undefined;
}

/** Where these bytes stand: where they were put, or at the beginning of a line. The bytes themselves are not kept. */
function findBytes(content: Buffer, { sha256, length, offset }: { sha256: string; length: number; offset: number }) {
  const places = new Set([offset, 0]);
  for (let at = content.indexOf('\n'); at >= 0; at = content.indexOf('\n', at + 1)) places.add(at + 1);
  return [...places].filter(
    (at) => at + length <= content.length && sha256Of(content.subarray(at, at + length)) === sha256,
  );
}
