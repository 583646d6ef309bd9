// How far the cluster of a claim reaches on this machine: as the order says it, and as the journal has noted it.
import type { ResetArguments } from '../../../api/orders.ts';
import type { Baseline } from '../../baseline/baseline.ts';
import type { Reach } from '../../baseline/provenance.ts';
import { listRanges } from '../../cluster-folders/cluster-ranges.ts';
import type { ClusterNotes } from '../../cluster-folders/folder-notes.ts';
import type { Claim } from '../../journal/claims.ts';
import { planData } from '../../leftovers/data-left.ts';
import { createRanges, type Ranges } from '../../linux/ranges.ts';
import { listDocumentMounts } from '../join/document-mounts.ts';
import { listDocumentUnits } from '../join/document-units.ts';

type Memory = ClusterNotes & { readBaseline(claim: Claim): Baseline | undefined };

export function reachOf(memory: Memory, claim: Claim, { ranges = [] }: Pick<ResetArguments, 'ranges'>): Reach {
  const before = memory.readBaseline(claim);
  const { data } = planData({ notes: memory, claim, before });
  return {
    ranges: rangesOf(before, [...ranges, ...listRanges(memory, claim)]),
    units: listDocumentUnits(memory, claim),
    mounts: listDocumentMounts(memory, claim),
    folders: data.filter(({ how }) => how === 'made').map(({ path }) => path),
  };
}

/** Without a baseline every address of the machine counts as new: by ranges it could take away those that it is reached by. */
function rangesOf(before: Baseline | undefined, ranges: readonly string[]): Ranges {
  if (!before) return createRanges([]);
  const addresses = [...(before.address ?? []), ...(before.leased ?? [])];
  return createRanges(
    ranges,
    addresses.map((line) => line.slice(line.indexOf(' ') + 1)),
  );
}
