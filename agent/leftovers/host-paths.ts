// Host paths that pods of a claim have been given, noted in the journal while the node lives: when it is drained they are gone.
import { posix } from 'node:path';
import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { markOf } from '../baseline/list-names.ts';
import { whyRefused } from '../cluster-folders/check-folder.ts';
import type { ClusterNotes } from '../cluster-folders/folder-notes.ts';
import type { Claim } from '../journal/claims.ts';
import { readHostPaths } from './container-mounts.ts';

const HOST_PATH = 'host path';
/** Of one claim; a pod may name what it likes. */
const MOST = 128;

/** `made`: it came with the claim, as a whole. `used`: it was there before, or nobody knows. */
const DataPath = z.object({ path: z.string(), how: z.enum(['made', 'used']) });
export type DataPath = z.infer<typeof DataPath>;

/** Folders of the machine in which agents of clusters (logs, monitoring) write beside everybody. */
const OF_THE_MACHINE = /^\/(etc|usr|var\/(log|cache|spool|tmp))(\/|$)/;

/**
 * Where the data of a host path stand: the topmost folder on the way to it that came with the claim, or the path itself.
 * `shared`: a folder of the whole machine, of which nobody can say what in it is whose. Pure.
 */
function decideDataPath(path: string, names: ReadonlySet<string>): DataPath | 'shared' {
  const made = topOf(path, names);
  if (made !== undefined) return { path: made, how: 'made' };
  return whyRefused(path) !== undefined || OF_THE_MACHINE.test(path) ? 'shared' : { path, how: 'used' };
}

function topOf(path: string, names: ReadonlySet<string>): string | undefined {
  const parts = path.split('/').slice(1);
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const one = `/${parts.slice(0, depth).join('/')}`;
    if (!names.has(markOf(posix.dirname(one)))) return undefined;
    if (!names.has(one)) return one;
  }
  return undefined;
}

type Noting = { host: Host; key: Claim; notes: ClusterNotes };

/** What containers that run now have been given, and no note yet says. `seen`: containers that need not be read again. */
export async function noteHostPaths({ host, key, notes }: Noting, seen: Set<string> = new Set()): Promise<void> {
  for (const subject of await findUnnotedHostPaths({ host, key, notes }, seen))
    notes.recordNote(key, HOST_PATH, { subject, note: '' });
}

export async function findUnnotedHostPaths(
  { host, key, notes }: Noting,
  seen: Set<string> = new Set(),
): Promise<string[]> {
  const known = new Set(listHostPaths(notes, key));
  const found = await readHostPaths(host, seen);
  return found.filter((path) => !known.has(path)).slice(0, Math.max(0, MOST - known.size));
}

export function listHostPaths(notes: ClusterNotes, claim: Claim): string[] {
  return notes.listNotes(claim, HOST_PATH).map(({ subject }) => subject);
}

/** Each once, and none within another. */
export function decideDataPaths(
  paths: readonly string[],
  names: readonly string[],
): { data: DataPath[]; shared: string[] } {
  const known = new Set(names);
  const judged = paths.map((path) => ({ path, what: decideDataPath(path, known) }));
  const data = new Map(judged.flatMap(({ what }) => (what === 'shared' ? [] : [[what.path, what]])));
  const tops = [...data.values()].filter(({ path }) => !isWithinOther(path, data));
  return { data: tops, shared: judged.filter(({ what }) => what === 'shared').map(({ path }) => path) };
}

function isWithinOther(path: string, data: ReadonlyMap<string, DataPath>): boolean {
  for (let above = posix.dirname(path); above !== '/'; above = posix.dirname(above)) if (data.has(above)) return true;
  return false;
}
