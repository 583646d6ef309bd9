// Activity: claims the host that fits best, by compare-and-swap on its resourceVersion.
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import type { Machine } from '../../api/cluster-api.ts';
import { FIELD_MANAGERS, type MachineKey } from '../../api/names.ts';
import { WAIT_REASONS } from '../../api/conditions.ts';
import {
  incarnationOf,
  isControlPlane,
  isDeleting,
  isInfrastructureProvisioned,
  isPaused,
} from '../../common/contract.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS } from '../../common/kube/resources.ts';
import { ByoError } from '../../common/errors.ts';
import { decideClaim, type Wish } from './decide-claim.ts';
import { claimOf } from './decide-view.ts';
import type { Deed } from './deed.ts';
import type { ClusterDependencies } from './dependencies.ts';
import { clusterOf, ownerOf, type Namespace } from './situation.ts';

/**
 * Answers the standing claim, or makes one, or says host by host why there is none. To be called one at a time: an attempt
 * that Temporal has given up can still run, and must not claim a second host beside its successor.
 */
export function createClaimHost({ kube }: ClusterDependencies): Deed<'claimHost', Namespace> {
  return async (seen, { machine: key }) => {
    const [standing] = seen.claimed;
    const claim = standing && claimOf(standing);
    if (claim) return { claim };
    const wishes = wishesOf(seen);
    const own = wishes.get(key.incarnation);
    if (!own) {
      return { waiting: { reason: WAIT_REASONS.held, message: 'the ByoMachine does not wait for a host any more' } };
    }
    const others = [...wishes.values()].filter((wish) => wish !== own);
    const placement = decideClaim(own, seen.hosts, others);
    if ('message' in placement) return { waiting: { reason: WAIT_REASONS.noHostFits, message: placement.message } };
    return { claim: await writeClaim(kube, placement.host, key) };
  };
}

async function writeClaim(
  kube: Kube,
  host: ByoHost,
  key: MachineKey,
): Promise<NonNullable<ReturnType<typeof claimOf>>> {
  const { namespace, name, incarnation } = key;
  // Never below what the host has seen: a restored cluster must not give out a generation twice.
  const generation = Math.max(host.spec.lastGeneration ?? 0, host.status?.reported?.generation ?? 0) + 1;
  const claimed = await kube.patch(
    BYO_HOSTS,
    { namespace: host.metadata.namespace, name: host.metadata.name },
    {
      manager: FIELD_MANAGERS.workflow,
      body: { spec: { claim: { namespace, name, incarnation, generation }, lastGeneration: generation } },
      resourceVersion: host.metadata.resourceVersion,
    },
  );
  const claim = claimOf(claimed);
  if (claim) return claim;
  throw new ByoError('ClaimConflict', `the claim of ${host.metadata.name} was taken away at once`, {
    remedy: 'It is tried again',
    retryable: true,
  });
}

/** Every machine that could claim now, by incarnation: gates open, not deleting, not paused, without a host. */
function wishesOf({ hosts, machines, owners, clusters }: Namespace): Map<string, Wish> {
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
