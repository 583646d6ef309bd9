// What the parts of the ledger share: the claim they write for, and how an old state is written down once.
import type { z } from 'zod';
import type { ChangeJournal, Change } from '../journal/changes.ts';
import type { Claim } from '../journal/claims.ts';
import type { Host } from '../host/host.ts';

export type LedgerScope = {
  journal: ChangeJournal & { readonly folder: string };
  host: Host;
  claim: Claim;
  /** Prefix of every path, for tests; empty on the machine. */
  root: string;
};

/** Kinds of change; each kind has its own shape of an old state. */
export type ChangeKind = 'path' | 'append' | 'directory' | 'sysctl' | 'module' | 'swap' | 'unit';

/** What could not be taken back, or undefined. */
export type Problem = string | undefined;

/** A problem; or a note of what has been left as it is, for good, since it is somebody's. */
export type Undone = Problem | { note: string };

/** Takes one change back; tolerant of one that is taken back already. */
export type Undo = (scope: LedgerScope, change: Change) => Promise<Undone>;

/** Writes the old state down unless this claim knows one: only the first is the state before the claim. */
export async function recordOnce(
  scope: LedgerScope,
  change: { kind: ChangeKind; target: string },
  readOld: () => Promise<{ old: unknown; content?: Buffer }>,
): Promise<void> {
  if (scope.journal.findChange(scope.claim, change.kind, change.target)) return;
  const { old, content } = await readOld();
  scope.journal.recordChange(scope.claim, { ...change, old: JSON.stringify(old), ...(content && { content }) });
}

/** Reads back what `recordOnce` wrote. */
export function oldOf<Shape extends z.ZodType>(shape: Shape, change: Change): z.infer<Shape> {
  return shape.parse(JSON.parse(change.old));
}
