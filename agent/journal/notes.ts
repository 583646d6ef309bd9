// What is learnt of the cluster that a claim has made this machine a part of, kept until the claim is closed.
import { z } from 'zod';
import type { Claim } from './claims.ts';
import type { Store } from './store.ts';

const NoteRow = z.object({ subject: z.string(), note: z.string() });

/** `subject`: what it is of, once for each kind; `note`: JSON of whoever writes that kind. */
type Note = z.infer<typeof NoteRow>;

export type NoteJournal = {
  /** The first one of a kind and subject stands: it was written when least had been changed. */
  recordNote(claim: Claim, kind: string, note: Note): void;
  listNotes(claim: Claim, kind: string): Note[];
};

export function createNoteJournal(store: Store): NoteJournal {
  return {
    recordNote({ incarnation, generation }, kind, { subject, note }) {
      const values = { incarnation, generation, kind, subject, note, now: new Date().toISOString() };
      store.write(`note ${kind}`, (run) => run(INSERT, values));
    },
    listNotes({ incarnation, generation }, kind) {
      return store.all(SELECT, { incarnation, generation, kind }).map((row) => NoteRow.parse(row));
    },
  };
}

const SELECT = `SELECT subject, note FROM notes
  WHERE incarnation = $incarnation AND generation = $generation AND kind = $kind ORDER BY subject`;
const INSERT = `INSERT INTO notes (incarnation, generation, kind, subject, note, notedAt)
  VALUES ($incarnation, $generation, $kind, $subject, $note, $now) ON CONFLICT DO NOTHING`;
