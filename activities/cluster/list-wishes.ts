// Who waits for a host, of those in a namespace. Pure, for the claim and for whoever is told that there is a host.
import type { ByoMachine } from '../../api/byo-machine.ts';
import type { Machine } from '../../api/cluster-api.ts';
import {
  incarnationOf,
  isControlPlane,
  isDeleting,
  isInfrastructureProvisioned,
  isPaused,
} from '../../common/contract.ts';
import type { Wish } from './decide-claim.ts';
import { clusterOf, ownerOf, type Namespace } from './situation.ts';

/** Everything in a namespace that competes for its hosts, and the hosts. */
export type Competition = Pick<Namespace, 'hosts' | 'machines' | 'owners' | 'clusters'>;

/** Every machine that could claim now, by incarnation: gates open, not deleting, not paused, without a host. */
export function wishesOf({ hosts, machines, owners, clusters }: Competition): Map<string, Wish> {
  const wishes = new Map<string, Wish>();
  const served = new Set(hosts.map((host) => host.spec.claim?.incarnation));
  for (const machine of machines) {
    const incarnation = incarnationOf(machine);
    const owner = ownerOf(machine, owners);
    const cluster = owner && clusterOf(owner, clusters);
    if (!owner || !cluster || served.has(incarnation) || isDeleting(machine) || isPaused(machine, cluster)) continue;
    if (!isInfrastructureProvisioned(cluster)) continue;
    wishes.set(incarnation, wishOf(machine, owner));
  }
  return wishes;
}

function wishOf(machine: ByoMachine, owner: Machine): Wish {
  const { namespace, name, creationTimestamp } = machine.metadata;
  return {
    namespace,
    name,
    createdAt: creationTimestamp,
    controlPlane: isControlPlane(owner) || isControlPlane(machine),
    selector: machine.spec.selector,
    failureDomain: owner.spec.failureDomain,
  };
}
