// Who waits for a host, of those in a namespace. Pure, for the claim and for whoever is told that there is a host.
import type { ByoHost } from '../../../api/byo-host.ts';
import type { ByoMachine } from '../../../api/byo-machine.ts';
import type { Cluster, Machine } from '../../../api/cluster-api.ts';
import {
  incarnationOf,
  isControlPlane,
  isDeleting,
  isInfrastructureProvisioned,
  isPaused,
  ownerNameOf,
} from '../../../common/contract.ts';
import type { Wish } from './decide-claim.ts';

/** Everything in a namespace that competes for its hosts, and the hosts. */
export type Competition = {
  hosts: ByoHost[];
  machines: ByoMachine[];
  owners: Machine[];
  clusters: Cluster[];
};

/** Every machine that could claim now, by incarnation: gates open, not deleting, not paused, without a host. */
export function wishesOf({ hosts, machines, owners, clusters }: Competition): Map<string, Wish> {
  const wishes = new Map<string, Wish>();
  const served = new Set(hosts.map((host) => host.spec.claim?.incarnation));
  const [ownerNamed, clusterNamed] = [byName(owners), byName(clusters)];
  for (const machine of machines) {
    const incarnation = incarnationOf(machine);
    const owner = ownerNamed.get(ownerNameOf(machine, 'Machine') ?? '');
    const cluster = owner && clusterNamed.get(owner.spec.clusterName);
    if (!owner || !cluster || served.has(incarnation) || isDeleting(machine) || isPaused(machine, cluster)) continue;
    if (!isInfrastructureProvisioned(cluster)) continue;
    wishes.set(incarnation, wishOf(machine, owner));
  }
  return wishes;
}

function byName<T extends { metadata: { name: string } }>(objects: readonly T[]): Map<string, T> {
  return new Map(objects.map((object) => [object.metadata.name, object]));
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
