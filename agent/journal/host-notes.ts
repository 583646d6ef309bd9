// What is remembered of the machine beyond any claim: what the last reset had to tell, and what is still here of whom.
import { z } from 'zod';
import type { Store } from './store.ts';

const HostNoteRow = z.object({ subject: z.string(), note: z.string() });

/** `subject`: what it is of, once for each kind; `note`: JSON of whoever writes that kind. */
type HostNote = z.infer<typeof HostNoteRow>;

export type HostNoteJournal = {
  /** All of a kind anew, in one write, in this order; of a subject that comes twice the first. */
  replaceHostNotes(kind: string, notes: readonly HostNote[]): void;
  listHostNotes(kind: string): HostNote[];
};

export function createHostNoteJournal(store: Store): HostNoteJournal {
  const listHostNotes: HostNoteJournal['listHostNotes'] = (kind) =>
    store.all(SELECT, { kind }).map((row) => HostNoteRow.parse(row));
  return {
    listHostNotes,
    replaceHostNotes(kind, notes) {
      // Nothing is written while nothing changes: a reset that is tried for hours says the same each time.
      if (JSON.stringify(listHostNotes(kind)) === JSON.stringify(notes)) return;
      const now = new Date().toISOString();
      store.write(`host notes ${kind}`, (run) => {
        run('DELETE FROM hostNotes WHERE kind = $kind', { kind });
        for (const [place, { subject, note }] of notes.entries()) run(INSERT, { kind, place, subject, note, now });
      });
    },
  };
}

const SELECT = 'SELECT subject, note FROM hostNotes WHERE kind = $kind ORDER BY place';
const INSERT = `INSERT INTO hostNotes (kind, place, subject, note, notedAt)
  VALUES ($kind, $place, $subject, $note, $now) ON CONFLICT DO NOTHING`;
