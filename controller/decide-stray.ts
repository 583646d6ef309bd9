// A second host of a machine that is prepared on another: claimed by an attempt that Temporal had given up, in a process
// that was frozen between its look and its write. No order will ever name it, so it is given back.
import type { ByoHost } from '../api/byo-host.ts';
import type { ByoMachine } from '../api/byo-machine.ts';
import { providerIdOf } from '../api/names.ts';
import type { Claimant } from './decide-adoption.ts';

/** Pure. Only once the machine's providerID has said for good which of its hosts it is. */
export function isStray(host: ByoHost, claimant: Claimant | undefined): boolean {
  const { claim, hostID } = host.spec;
  if (!claim || !claimant || claimant.held || !isUnheard(host)) return false;
  const others = claimant.hosts.filter((other) => other.spec.hostID !== hostID);
  return others.some((other) => isServing(other, claim.incarnation, claimant.machine));
}

/** Its agent has never heard of the claim. One in quarantine may have lost its memory: that proves nothing. */
function isUnheard({ spec: { claim }, status }: ByoHost): boolean {
  if (!claim || claim.releasing || claim.lost) return false;
  const { openClaim, generation = 0, quarantine } = status?.reported ?? {};
  return !openClaim && !quarantine && generation < claim.generation;
}

function isServing({ spec: { claim, hostID } }: ByoHost, incarnation: string, { spec }: ByoMachine): boolean {
  return claim?.incarnation === incarnation && spec.providerID === providerIdOf(hostID, claim.generation);
}
