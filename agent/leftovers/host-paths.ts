// Host paths that pods of a claim have been given, noted in the journal while the node lives: when it is drained they are gone.
import { posix } from 'node:path';
import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { markOf } from '../baseline/list-names.ts';
import { whyRefused } from '../cluster-folders/check-folder.ts';
import type { ClusterNotes } from '../cluster-folders/folder-notes.ts';
import type { Claim } from '../journal/claims.ts';
import { readHostPaths, type Given } from './container-mounts.ts';

const HOST_PATH = 'host path';
/** What pods were given beside those, and nobody can look for: the host is not clean before its owner has. */
const UNTOLD = 'host paths untold';
/** Of one claim; a pod may name what it likes. */
const MOST = 256;
const TOO_MANY = `more than ${MOST} host paths`;

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

type Noting = {
  host: Host;
  key: Claim;
  notes: ClusterNotes & { readBaseline(claim: Claim): { entry?: readonly string[] | undefined } | undefined };
};

/** What containers that run now have been given, and no note yet says. `seen`: containers that need not be read again. */
export async function noteHostPaths({ host, key, notes }: Noting, seen: Set<string> = new Set()): Promise<void> {
  try {
    const { paths, untold } = await findUnnotedHostPaths({ host, key, notes }, seen);
    for (const subject of paths) notes.recordNote(key, HOST_PATH, { subject, note: '' });
    for (const subject of untold) notes.recordNote(key, UNTOLD, { subject, note: '' });
  } catch (error) {
    // What was read and could not be written down is read again.
    seen.clear();
    throw error;
  }
}

/** A path within a folder that is noted already needs no note: volumes of one provisioner come and go for years. */
export async function findUnnotedHostPaths(
  { host, key, notes }: Noting,
  seen: Set<string> = new Set(),
): Promise<Given> {
  const known = new Set(listHostPaths(notes, key));
  const told = new Set(listUntold(notes, key));
  const given = await readHostPaths(host, seen);
  const found = given.paths.filter((path) => !known.has(path));
  const paths = found.length > 0 ? uncovered(found, [...known], notes.readBaseline(key)?.entry ?? []) : [];
  const room = Math.max(0, MOST - known.size);
  const untold = paths.length > room ? [...given.untold, TOO_MANY] : given.untold;
  return { paths: paths.slice(0, room), untold: untold.filter((what) => !told.has(what)) };
}

/** One pass: a pod may name thousands. */
function uncovered(found: readonly string[], known: readonly string[], entry: readonly string[]): string[] {
  const names = new Set(entry);
  const folders = new Set(decideDataPaths(known, entry).data.map(({ path }) => path));
  return found.filter((path) => {
    const what = decideDataPath(path, names);
    if (what === 'shared') return true;
    if (folders.has(what.path) || isWithinOther(what.path, folders)) return false;
    folders.add(what.path);
    return true;
  });
}

export function listUntold(notes: ClusterNotes, claim: Claim): string[] {
  return notes.listNotes(claim, UNTOLD).map(({ subject }) => subject);
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

function isWithinOther(path: string, data: { has(path: string): boolean }): boolean {
  for (let above = posix.dirname(path); above !== '/'; above = posix.dirname(above)) if (data.has(above)) return true;
  return false;
}
