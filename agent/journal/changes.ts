// Changes of the machine, for the ledger: what was there before, written down before it is changed.
import { z } from 'zod';
import type { Claim } from './claims.ts';
import type { Store } from './store.ts';

const ChangeRow = z.object({ id: z.int(), kind: z.string(), target: z.string(), old: z.string() });

/** `old` is JSON of the ledger's own making; content is kept apart, since it may be large. */
export type Change = z.infer<typeof ChangeRow>;

export type ChangeJournal = {
  /** Records the old state of a target; the first record within a claim stands until it is undone. */
  recordChange(claim: Claim, change: { kind: string; target: string; old: string; content?: Buffer }): void;
  findChange(claim: Claim, kind: string, target: string): Change | undefined;
  /** What is recorded and not undone, newest first. */
  listChanges(claim: Claim): Change[];
  readContent(id: number): Buffer | undefined;
  markUndone(id: number): void;
};

export function createChangeJournal(store: Store): ChangeJournal {
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
      return row && ChangeRow.parse(row);
    },
    listChanges({ incarnation, generation }) {
      const rows = store.all(`${SELECT} ORDER BY id DESC`, { incarnation, generation });
      return rows.map((row) => ChangeRow.parse(row));
    },
    readContent(id) {
      const content = store.get('SELECT content FROM changes WHERE id = $id', { id })?.['content'];
      return content instanceof Uint8Array ? Buffer.from(content) : undefined;
    },
    markUndone(id) {
      // The old content has served: it is not kept longer than needed.
      const update = `UPDATE changes SET state = 'Undone', content = NULL, undoneAt = $now WHERE id = $id`;
      store.write('markUndone', (run) => run(update, { id, now: now() }));
    },
  };
}

const SELECT = `SELECT id, kind, target, old FROM changes
  WHERE incarnation = $incarnation AND generation = $generation AND state = 'Recorded'`;
const INSERT = `INSERT INTO changes (incarnation, generation, kind, target, old, content, state, recordedAt)
  VALUES ($incarnation, $generation, $kind, $target, $old, $content, 'Recorded', $now)
  ON CONFLICT DO NOTHING`;

function now(): string {
  return new Date().toISOString();
}
