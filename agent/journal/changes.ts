// Changes of the machine, for the ledger: what was there before, written down before it is changed.
import { z } from 'zod';
import type { Claim } from './claims.ts';
import type { Row, Store } from './store.ts';

const ChangeRow = z.object({
  id: z.int(),
  kind: z.string(),
  target: z.string(),
  old: z.string(),
  written: z.string().nullable(),
});
const Written = z.array(z.string());

/**
 * `old` is JSON of the ledger's own making; content is kept apart, since it may be large. `written`: states that are ours,
 * in the ledger's own words; undefined in what an older agent has recorded.
 */
export type Change = Omit<z.infer<typeof ChangeRow>, 'written'> & { written?: readonly string[] };

export type ChangeJournal = {
  /** Records the old state of a target; the first record within a claim stands until it is undone. */
  recordChange(claim: Claim, change: { kind: string; target: string; old: string; content?: Buffer }): void;
  findChange(claim: Claim, kind: string, target: string): Change | undefined;
  /** What is recorded and not undone, newest first. */
  listChanges(claim: Claim): Change[];
  readContent(id: number): Buffer | undefined;
  /** One more state of the target that is ours: noted before it is there, so that a crash in between loses no knowledge. */
  noteWritten(change: Change, state: string): void;
  /** `note`: what a person should know of it, until the claim is closed. */
  markUndone(id: number, note?: string): void;
  listChangeNotes(claim: Claim): { target: string; note: string }[];
};

export function createChangeJournal(store: Store): ChangeJournal {
  return { ...createRecords(store), ...createEnds(store) };
}

type Ends = Pick<ChangeJournal, 'noteWritten' | 'listChangeNotes' | 'markUndone'>;

function createRecords(store: Store): Omit<ChangeJournal, keyof Ends> {
  return {
    recordChange({ incarnation, generation }, { kind, target, old, content }) {
      const values = { incarnation, generation, kind, target, old, content: content ?? null, now: now() };
      store.write(`record ${kind}`, (run) => run(INSERT, values));
    },
    findChange({ incarnation, generation }, kind, target) {
      const row = store.get(`${SELECT} AND kind = $kind AND target = $target`, {
        incarnation,
        generation,
        kind,
        target,
      });
      return row && changeOf(row);
    },
    listChanges({ incarnation, generation }) {
      const rows = store.all(`${SELECT} ORDER BY id DESC`, { incarnation, generation });
      return rows.map(changeOf);
    },
    readContent(id) {
      const content = store.get('SELECT content FROM changes WHERE id = $id', { id })?.['content'];
      return content instanceof Uint8Array ? Buffer.from(content) : undefined;
    },
  };
}

function createEnds(store: Store): Ends {
  return {
    noteWritten({ id }, state) {
      const row = store.get('SELECT written FROM changes WHERE id = $id', { id });
      const written = Written.parse(JSON.parse(String(row?.['written'] ?? '[]')));
      if (written.includes(state)) return;
      const update = 'UPDATE changes SET written = $written WHERE id = $id';
      store.write('noteWritten', (run) => run(update, { id, written: JSON.stringify([...written, state]) }));
    },
    listChangeNotes({ incarnation, generation }) {
      const select = `SELECT target, note FROM changes
        WHERE incarnation = $incarnation AND generation = $generation AND note IS NOT NULL ORDER BY id`;
      const rows = store.all(select, { incarnation, generation });
      return rows.map((row) => ({ target: String(row['target']), note: String(row['note']) }));
    },
    markUndone(id, note) {
      // The old content has served: it is not kept longer than needed.
      const update = `UPDATE changes SET state = 'Undone', content = NULL, note = $note, undoneAt = $now WHERE id = $id`;
      store.write('markUndone', (run) => run(update, { id, note: note ?? null, now: now() }));
    },
  };
}

function changeOf(row: Row): Change {
  const { written, ...change } = ChangeRow.parse(row);
  return { ...change, ...(written !== null && { written: Written.parse(JSON.parse(written)) }) };
}

const SELECT = `SELECT id, kind, target, old, written FROM changes
  WHERE incarnation = $incarnation AND generation = $generation AND state = 'Recorded'`;
const INSERT = `INSERT INTO changes (incarnation, generation, kind, target, old, content, written, state, recordedAt)
  VALUES ($incarnation, $generation, $kind, $target, $old, $content, '[]', 'Recorded', $now)
  ON CONFLICT DO NOTHING`;

function now(): string {
  return new Date().toISOString();
}
