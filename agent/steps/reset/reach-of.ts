// How far the cluster of a claim reaches on this machine: as the order says it, and as the journal has noted it.
import type { ResetArguments } from '../../../api/orders.ts';
import type { Reach } from '../../baseline/provenance.ts';
import { listRanges } from '../../cluster-folders/cluster-ranges.ts';
import type { ClusterNotes } from '../../cluster-folders/folder-notes.ts';
import type { Claim } from '../../journal/claims.ts';
import { createRanges } from '../../linux/ranges.ts';
import { listDocumentUnits } from '../join/document-units.ts';

export function reachOf(notes: ClusterNotes, claim: Claim, { ranges = [] }: Pick<ResetArguments, 'ranges'>): Reach {
  return { ranges: createRanges([...ranges, ...listRanges(notes, claim)]), units: listDocumentUnits(notes, claim) };
}
