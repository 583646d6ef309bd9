// A small file beside the journal that knows how far it had come: a journal put back from a backup is behind it.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { writeFileDurablySync } from '../../common/durable-file.ts';
import { isMissing } from '../../common/system-error.ts';

/** `id` is the journal's own; `milestones` counts what must never be forgotten: claims, and ends of operations. */
export const Witness = z.object({ id: z.string(), milestones: z.int() });
export type Witness = z.infer<typeof Witness>;

export function witnessPathOf(journalPath: string): string {
  return `${journalPath}.witness`;
}

/** Undefined when there is none. @throws SyntaxError or ZodError for one that cannot be read as a witness */
export function readWitness(journalPath: string): Witness | undefined {
  try {
    return Witness.parse(JSON.parse(readFileSync(witnessPathOf(journalPath), 'utf8')));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Written after the journal's own commit, durably: a crash in between leaves it behind the journal, which is harmless. */
export function writeWitness(journalPath: string, witness: Witness): void {
  writeFileDurablySync(witnessPathOf(journalPath), JSON.stringify(witness), { mode: 0o600 });
}

/** Pure: does the witness contradict the journal? The text says how. */
export function decideRollback(journal: Witness | undefined, witness: Witness | undefined): string | undefined {
  if (!witness) return undefined;
  if (!journal) return 'it is gone, but the witness beside it is not';
  if (journal.id !== witness.id) return 'it is another journal than the witness beside it knows';
  if (journal.milestones < witness.milestones) return 'it has been put back to an older state';
  return undefined;
}
