// What a host's own report proves of a claim. Pure. A host that has reported nothing that can be read proves nothing: its
// status may have been dropped, by `clusterctl move` for one.
import type { ByoHost } from '../../api/byo-host.ts';

type Named = { generation: number };

/** It has closed this generation, or a later one: nothing of the claim is left there. In quarantine it says so of nothing. */
export function hasClosed({ status }: ByoHost, { generation }: Named): boolean {
  const reported = status?.reported;
  if (!reported || reported.quarantine || reported.generation < generation) return false;
  return !reported.openClaim || reported.openClaim.generation > generation;
}

/** No order under this claim ever came to it. One in quarantine may have lost its memory. */
export function hasNeverHeardOf({ status }: ByoHost, { generation }: Named): boolean {
  const reported = status?.reported;
  return reported !== undefined && !reported.quarantine && !reported.openClaim && reported.generation < generation;
}

/** It works for this very claim. */
export function worksFor({ status }: ByoHost, claim: Named & { incarnation: string }): boolean {
  const open = status?.reported?.openClaim;
  return open?.generation === claim.generation && open.incarnation === claim.incarnation;
}
