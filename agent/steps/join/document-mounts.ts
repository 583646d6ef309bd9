// Mounts that the commands of a bootstrap document have made: seen by what is mounted before them and after them. One that still
// stands after the reset is no owner's: it shows the next tenant what the old cluster had.
import { z } from 'zod';
import { describeMounts } from '../../baseline/describe-mounts.ts';
import type { ClusterNotes } from '../../cluster-folders/folder-notes.ts';
import type { Host } from '../../host/host.ts';
import type { Claim } from '../../journal/claims.ts';
import { readMounts } from '../../linux/mounts.ts';
import { isInZone } from '../../cluster-folders/check-folder.ts';

type Noting = { host: Host; key: Claim; notes: ClusterNotes };

const BEFORE = 'mounts before the document';
const MADE = 'mounted by the document';
/** A document that mounts more is named by these. */
const MOST = 64;

/** The first list stands, as with units. */
export async function noteMountsBefore({ host, key, notes }: Noting): Promise<void> {
  if (notes.listNotes(key, BEFORE).length > 0) return;
  notes.recordNote(key, BEFORE, { subject: '', note: JSON.stringify(await list(host)) });
}

/** Nothing where an older agent has not looked before. */
export async function noteMountsAfter({ host, key, notes }: Noting): Promise<void> {
  const [before] = notes.listNotes(key, BEFORE);
  if (!before) return;
  const known = new Set(z.array(z.string()).parse(JSON.parse(before.note)));
  const made = (await list(host)).filter((mount) => !known.has(mount));
  for (const subject of made.slice(0, MOST)) notes.recordNote(key, MADE, { subject, note: '' });
}

/** As a baseline names them. */
export function listDocumentMounts(notes: ClusterNotes, key: Claim): string[] {
  return notes.listNotes(key, MADE).map(({ subject }) => subject);
}

async function list(host: Host): Promise<string[]> {
  return describeMounts(await readMounts(host), isInZone);
}
