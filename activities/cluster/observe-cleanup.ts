// Activity: what is true of a host that owes a clean-up.
import type { ClusterActivities, HostCleanup } from '../../api/activities.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import { isOwnerGone } from '../../common/contract.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS, BYO_MACHINES, MACHINES } from '../../common/kube/resources.ts';
import { decideCleanup } from './decide-cleanup.ts';
import type { ClusterDependencies } from './dependencies.ts';

export function createObserveCleanup({ kube }: ClusterDependencies): ClusterActivities['observeCleanup'] {
  return async (cleanup) => {
    const { namespace, name } = cleanup.machine;
    const [host, machine, owners] = await Promise.all([
      findHost(kube, cleanup),
      kube.find(BYO_MACHINES, { namespace, name }),
      kube.list(MACHINES, { namespace }),
    ]);
    return decideCleanup({ host, ownerGone: isOwnerGone(cleanup.machine, machine, owners.items) }, cleanup);
  };
}

/** The host of a clean-up, as it is now. */
export function findHost(kube: Kube, { machine, claim }: HostCleanup): Promise<ByoHost | undefined> {
  return kube.find(BYO_HOSTS, { namespace: machine.namespace, name: claim.hostName });
}
