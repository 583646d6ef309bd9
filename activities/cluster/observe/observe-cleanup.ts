// Activity: what is true of a host that owes a clean-up.
import type { ClusterActivities, HostCleanup } from '../../../api/activities.ts';
import { isOwnerGone } from '../../../common/contract.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { BYO_HOSTS, BYO_MACHINES, MACHINES } from '../../../common/kube/resources.ts';
import { decideCleanup, type CleanupSituation } from './decide-cleanup.ts';
import type { ClusterDependencies } from '../dependencies.ts';

export function createObserveCleanup({ kube }: ClusterDependencies): ClusterActivities['observeCleanup'] {
  return async (cleanup) => decideCleanup(await readCleanup(kube, cleanup), cleanup);
}

/** The host of a clean-up, as it is now, and whether the machine of the claim is gone. */
export async function readCleanup(kube: Kube, { machine: key, claim }: HostCleanup): Promise<CleanupSituation> {
  const { namespace, name } = key;
  const [host, machine, owners] = await Promise.all([
    kube.find(BYO_HOSTS, { namespace, name: claim.hostName }),
    kube.find(BYO_MACHINES, { namespace, name }),
    kube.listReadable(MACHINES, { namespace }),
  ]);
  return { host, ownerGone: isOwnerGone(key, machine, owners.items), unreadable: owners.invalid };
}
