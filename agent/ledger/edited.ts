// Whether a path is still as we left it: an edit that somebody has made since is his, and stays.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileDurably } from '../../common/durable-file.ts';
import { isMissing } from '../../common/system-error.ts';
import type { Change } from '../journal/changes.ts';
import { oldOf, type LedgerScope, type Undone } from './change.ts';
import { besidePathOf, keptContent, OldPath } from './old-state.ts';
import {
  ABSENT,
  atTarget,
  isOurs,
  noteOurs,
  readState,
  restOf,
  sha256Of,
  stateOfContent,
  stateOfLink,
} from './state-of-path.ts';
import { lookAt } from './target.ts';

export type Found = { change: Change; old: OldPath; state: string | undefined };

/** Where nothing stands nothing can be lost, and an install's own files are nobody else's. */
export async function isTheirs(scope: LedgerScope, { change, old, state }: Found): Promise<boolean> {
  if (state === ABSENT || isOurs(change, state)) return false;
  if (old.was === 'absent') return !old.own;
  if (old.was === 'link') return state !== stateOfLink(old.to);
  if (old.kept === 'nowhere') return false;
  const content = old.kept === 'journal' ? scope.journal.readContent(change.id) : undefined;
  const before = content ? stateOfContent(sha256Of(content)) : await readBeside(scope, change);
  return state !== before;
}

async function readBeside(scope: LedgerScope, { target }: Change): Promise<string | undefined> {
  const path = besidePathOf(scope, target);
  return readState(path, await lookAt(path));
}

/** What stood there before is put aside, since nobody could ask for it any more. */
export async function keepTheirs(scope: LedgerScope, { change, old, state }: Found): Promise<Undone> {
  if (state !== undefined && change.written?.includes(restOf(state)))
    return { note: 'edited since the cluster appended to it: only its own lines were taken out' };
  const note = 'edited since the cluster wrote it: it stays as it is';
  if (old.was !== 'file') return { note };
  const aside = join(scope.journal.folder, 'before', `${scope.claim.generation}${change.target.replaceAll('/', '-')}`);
  await mkdir(dirname(aside), { recursive: true, mode: 0o700 });
  const kept = keptContent(scope, change, old);
  if (kept) await writeFileDurably(aside, kept, { mode: 0o600 });
  return { note: kept ? `${note}; what stood there before the claim is in ${aside}` : note };
}

/** Before the edits of anybody else begin: what stands at each recorded path now the cluster's own commands have made. */
export async function noteChanged(scope: LedgerScope): Promise<void> {
  for (const change of scope.journal.listChanges(scope.claim)) {
    if (change.kind !== 'path' || isInstalled(change)) continue;
    const state = await atTarget(scope, change.target, async (place) => readState(place, await lookAt(place))).catch(
      (error: unknown) => {
        if (isMissing(error)) return ABSENT;
        throw error;
      },
    );
    if (state !== undefined) noteOurs(scope, change.target, state);
  }
}

/** Large, and ours whatever becomes of them. */
function isInstalled(change: Change): boolean {
  const old = oldOf(OldPath, change);
  return old.was === 'absent' && old.own;
}
