// What stands at a path, in a word that the journal keeps: by it an undo tells our own work from a later edit of somebody.
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { openFileNoFollow, withFolder } from '../host/open-folder.ts';
import type { Change } from '../journal/changes.ts';
import type { LedgerScope } from './change.ts';
import { isSecretPath } from './target.ts';

/** State of a path at which nothing is. */
export const ABSENT = 'absent';

export const stateOfLink = (to: string): string => `link ${to}`;
export const stateOfContent = (sha256: string): string => `sha256 ${sha256}`;
/** What is left of a file when only our own lines have been taken out of it. */
export const restOf = (state: string): string => `rest of ours: ${state}`;

export function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** `place`: a path that leads through an open folder; undefined for what is neither file nor link. */
export async function readState(place: string, stats: Stats | undefined): Promise<string | undefined> {
  if (!stats) return ABSENT;
  if (stats.isSymbolicLink()) return stateOfLink(await readlink(place));
  return stats.isFile() ? stateOfContent(await hashFile(place)) : undefined;
}

async function hashFile(place: string): Promise<string> {
  const file = await openFileNoFollow(place);
  const hash = createHash('sha256');
  // The stream closes the file.
  for await (const piece of file.createReadStream()) hash.update(piece);
  return hash.digest('hex');
}

/** Of secrets not even a hash is kept: whatever stands at such a path is ours to take away. */
export function noteOurs(scope: LedgerScope, target: string, state: string): void {
  const change = isSecretPath(target) ? undefined : scope.journal.findChange(scope.claim, 'path', target);
  if (change) scope.journal.noteWritten(change, state);
}

/** This state is one that we have made; of what an older agent recorded every state counts as ours. */
export function isOurs({ written, target }: Change, state: string | undefined): boolean {
  return written === undefined || isSecretPath(target) || (state !== undefined && written.includes(state));
}

/**
 * Works on a resolved path through its folder, which is held open: no link that has come on the way since leads the work
 * elsewhere. @throws ByoError naming such a link; the system's error for a folder that is missing
 */
export function atTarget<Result>(
  { root }: Pick<LedgerScope, 'root'>,
  target: string,
  work: (place: string) => Promise<Result>,
): Promise<Result> {
  return withFolder(root, dirname(target), (folder) => work(`${folder}/${basename(target)}`));
}
