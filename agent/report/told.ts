// What resets have had to tell of this machine, as the journal keeps it for the report.
import { MAX_NOTE, MAX_NOTES } from '../../api/report/reported-host.ts';
import { printable } from '../../common/errors.ts';
import type { HostNoteJournal } from '../journal/host-notes.ts';

/** `notes`: held against nobody. */
export type Told = { notes: string[] };

const NOTE = 'note';

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

export function recallTold(journal: HostNoteJournal): Told {
  return { notes: journal.listHostNotes(NOTE).map(({ subject }) => subject) };
}
