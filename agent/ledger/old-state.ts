// What is known of a path from before it was changed, and where its old content is kept.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Change } from '../journal/changes.ts';
import type { LedgerScope } from './change.ts';

/** `kept` says where the old content is; that of a secret file is nowhere. */
export const OldPath = z.discriminatedUnion('was', [
  // `own`: a file of the install, not of a document: no edit makes it anybody else's.
  z.object({ was: z.literal('absent'), own: z.boolean().default(false) }),
  // The owner is absent in records of versions that did not keep it: then it is root.
  z.object({ was: z.literal('link'), to: z.string(), uid: z.int().default(0), gid: z.int().default(0) }),
  z.object({
    was: z.literal('file'),
    mode: z.int(),
    uid: z.int(),
    gid: z.int(),
    modifiedAt: z.number(),
    kept: z.enum(['journal', 'beside', 'nowhere']),
  }),
]);
export type OldPath = z.infer<typeof OldPath>;
export type OldFile = Extract<OldPath, { was: 'file' }>;

export function besidePathOf({ journal, claim }: LedgerScope, target: string): string {
  const name = createHash('sha256')
    .update(JSON.stringify([claim.incarnation, claim.generation, target]))
    .digest('hex');
  return join(journal.folder, 'ledger', name);
}

/** The content from before the claim; undefined when it is not kept, or not there. */
export function keptContent(scope: LedgerScope, change: Change, old: OldFile) {
  if (old.kept === 'beside') return createReadStream(besidePathOf(scope, change.target));
  return scope.journal.readContent(change.id);
}
