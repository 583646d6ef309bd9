// A second host of a machine that is prepared on another: claimed by an attempt that Temporal had given up, in a process
// that was frozen between its look and its write. No order will ever name it, so it is given back.
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import { providerIdOf } from '../../api/names.ts';
import { hasNeverHeardOf } from '../../common/claim/claim-evidence.ts';
import type { Claimant } from './decide-adoption.ts';

/** Pure. Only once the machine's providerID has said for good which of its hosts it is. */
export function isStray(host: ByoHost, claimant: Claimant | undefined): boolean {
  const { claim, hostID } = host.spec;
  if (!claim || !claimant || claimant.held || !isUnheard(host)) return false;
  const others = claimant.hosts.filter((other) => other.spec.hostID !== hostID);
  return others.some((other) => isServing(other, claim.incarnation, claimant.machine));
}

function isUnheard(host: ByoHost): boolean {
  const { claim } = host.spec;
  return claim !== undefined && !claim.releasing && !claim.lost && hasNeverHeardOf(host, claim);
}

function isServing({ spec: { claim, hostID } }: ByoHost, incarnation: string, { spec }: ByoMachine): boolean {
  return claim?.incarnation === incarnation && spec.providerID === providerIdOf(hostID, claim.generation);
}
