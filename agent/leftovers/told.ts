// What resets have had to tell of this machine, as the journal keeps it for the report.
import { createHash } from 'node:crypto';
import { Leftover, MAX_LEFTOVER, MAX_LEFTOVERS, MAX_NOTE, MAX_NOTES } from '../../api/report/reported-host.ts';
import { printable } from '../../common/errors.ts';
import type { DataPath } from '../leftovers/host-paths.ts';
import type { Claim } from '../journal/claims.ts';
import type { HostNoteJournal } from '../journal/host-notes.ts';

/** `notes`: held against nobody. `leftovers`: what a cluster has left, until it is gone or accepted. */
export type Told = { notes: string[]; leftovers: Leftover[] };

const NOTE = 'note';
const LEFTOVER = 'leftover';

/** One line each; what would be too many is counted. */
export function recordNotes(journal: HostNoteJournal, notes: readonly string[]): void {
  const lines = notes.map((note) => printable(note, MAX_NOTE));
  const shown = lines.length > MAX_NOTES ? lines.slice(0, MAX_NOTES - 1) : lines;
  const more = lines.length > shown.length ? [`and ${lines.length - shown.length} more`] : [];
  const subjects = [...new Set([...shown, ...more])];
  journal.replaceHostNotes(
    NOTE,
    subjects.map((subject) => ({ subject, note: '' })),
  );
}

/**
 * What would bind the host to its cluster. The id is of the whole text, of which a part is shown, and of the claim: an
 * acceptance holds neither for what begins with the same words nor for what another cluster leaves one day. Pure.
 */
export function bindingOf({ incarnation, generation }: Claim, text: string): Leftover {
  const id = idOf(`Binding ${incarnation} ${generation} ${text}`);
  return { id, kind: 'Binding', what: printable(text, MAX_LEFTOVER) };
}

/**
 * What pods have written. The id is of the claim as well: whoever accepts what a cluster has left does not accept what the same
 * cluster writes there when it comes back. It stands for as long as the data do, whatever claims follow. Pure.
 */
export function dataOf(
  { incarnation, generation }: Claim,
  cluster: string | undefined,
  { path, how }: DataPath,
): Leftover {
  const whose = cluster === undefined ? 'an unknown cluster' : `cluster ${cluster}`;
  const before = how === 'used' ? ', which was there before' : '';
  const what = printable(`data of pods of ${whose} in ${path}${before}`, MAX_LEFTOVER);
  return {
    id: idOf(`Data ${incarnation} ${generation} ${cluster ?? ''} ${path}`),
    kind: 'Data',
    what,
    path,
    ...(cluster !== undefined && { cluster }),
  };
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Of one machine; each is a path that was noted, or a difference. */
const MOST_KEPT = 1024;

/** All of them: what a report has no room for is as little forgotten as what it shows. */
export function recordLeftovers(journal: HostNoteJournal, leftovers: readonly Leftover[]): void {
  const kept = leftovers.slice(0, MOST_KEPT);
  journal.replaceHostNotes(
    LEFTOVER,
    kept.map((leftover) => ({ subject: leftover.id, note: JSON.stringify(leftover) })),
  );
}

/** A gateway refuses a report of more than 64 KiB, and pods choose how long their paths are. */
const MOST_BYTES = 24 * 1024;

/** What a report has room for, and the rest as one thing: until that is gone or accepted as well, nobody else gets the host. Pure. */
export function fitLeftovers(leftovers: readonly Leftover[]): Leftover[] {
  const ends: number[] = [];
  for (const one of leftovers) ends.push((ends.at(-1) ?? 0) + Buffer.byteLength(JSON.stringify(one)));
  const fitting = ends.filter((end) => end <= MOST_BYTES).length;
  if (fitting === leftovers.length && fitting <= MAX_LEFTOVERS) return [...leftovers];
  const shown = Math.min(fitting, MAX_LEFTOVERS - 1);
  return [...leftovers.slice(0, shown), restOf(leftovers.slice(shown))];
}

function restOf(rest: readonly Leftover[]): Leftover {
  const data = rest.filter(({ kind }) => kind === 'Data');
  const [cluster, ...others] = new Set(data.map((one) => one.cluster));
  return {
    id: idOf(`Rest ${rest.map(({ id }) => id).join(' ')}`),
    kind: data.length > 0 ? 'Data' : 'Binding',
    what: `and ${rest.length} more, which come into the list when others are gone`,
    ...(cluster !== undefined && others.length === 0 && { cluster }),
  };
}

export function recallTold(journal: HostNoteJournal): Told {
  // A newer agent may have written what this one does not know.
  const leftovers = journal
    .listHostNotes(LEFTOVER)
    .flatMap(({ note }) => Leftover.safeParse(JSON.parse(note)).data ?? []);
  return { notes: journal.listHostNotes(NOTE).map(({ subject }) => subject), leftovers };
}

/**
 * A host that enrolls anew may come into another namespace, where a cluster of somebody else has the same name: what is left
 * is of no cluster any more that could be known by it, and waits for an acceptance.
 */
export function forgetClusters(journal: HostNoteJournal): void {
  const { leftovers } = recallTold(journal);
  recordLeftovers(
    journal,
    leftovers.map((one) => ({ ...one, cluster: undefined })),
  );
}
