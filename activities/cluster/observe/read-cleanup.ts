// The host of a clean-up, and whether the machine of the claim is gone: the objects, judged by nobody yet.
import type { HostCleanup } from '../../../api/activities.ts';
import { isOwnerGone } from '../../../common/contract.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { BYO_HOSTS, BYO_MACHINES, MACHINES } from '../../../common/kube/resources.ts';
import type { CleanupSituation } from './decide-cleanup.ts';

/** As they are now. */
export async function readCleanup(kube: Kube, { machine: key, claim }: HostCleanup): Promise<CleanupSituation> {
  const { namespace, name } = key;
  const [host, machine, owners] = await Promise.all([
    kube.find(BYO_HOSTS, { namespace, name: claim.hostName }),
    kube.find(BYO_MACHINES, { namespace, name }),
    kube.listReadable(MACHINES, { namespace }),
  ]);
  return { host, ownerGone: isOwnerGone(key, machine, owners.items), unreadable: owners.invalid };
}
