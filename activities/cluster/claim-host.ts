// Activity: claims the host that fits best, by compare-and-swap on its resourceVersion.
import type { ClaimResult, ClusterActivities } from '../../api/activities.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import type { Cluster, Machine } from '../../api/cluster-api.ts';
import { FIELD_MANAGERS, type MachineKey } from '../../api/names.ts';
import { WAIT_REASONS } from '../../api/conditions.ts';
import {
  incarnationOf,
  isClaimedBy,
  isControlPlane,
  isDeleting,
  isInfrastructureProvisioned,
  isPaused,
  ownerNameOf,
} from '../../common/contract.ts';
import type { Kube } from '../../common/kube/client.ts';
import { retryOnConflict } from '../../common/kube/retry-on-conflict.ts';
import { BYO_HOSTS, BYO_MACHINES, CLUSTERS, MACHINES } from '../../common/kube/resources.ts';
import { ByoError } from '../../common/errors.ts';
import { decideClaim, type Wish } from './decide-claim.ts';
import { claimOf } from './decide-view.ts';
import type { ClusterDependencies } from './dependencies.ts';

/**
 * Answers the standing claim, or makes one, or says host by host why there is none. One at a time in this process: an
 * attempt that Temporal has given up can still run, and must not claim a second host beside its successor.
 */
export function createClaimHost({ kube }: ClusterDependencies): ClusterActivities['claimHost'] {
  let last: Promise<unknown> = Promise.resolve();
  return ({ machine }) => {
    const turn = last.then(() => retryOnConflict(() => claimOnce(kube, machine)));
    // The next one waits for the end of this one, however it ends; its error belongs to its own caller.
    last = turn.catch(() => undefined);
    return turn;
  };
}

async function claimOnce(kube: Kube, key: MachineKey): Promise<ClaimResult> {
  const scope = { namespace: key.namespace };
  const [hosts, machines, owners, clusters] = await Promise.all([
    kube.list(BYO_HOSTS, scope),
    kube.list(BYO_MACHINES, scope),
    kube.list(MACHINES, scope),
    kube.list(CLUSTERS, scope),
  ]);
  const standing = hosts.items.find((host) => isClaimedBy(host, key));
  const claim = standing && claimOf(standing);
  if (claim) return { claim };
  const wishes = wishesOf(machines.items, { hosts: hosts.items, owners: owners.items, clusters: clusters.items });
  const own = wishes.get(key.incarnation);
  if (!own) {
    return { waiting: { reason: WAIT_REASONS.held, message: 'the ByoMachine does not wait for a host any more' } };
  }
  const others = [...wishes.values()].filter((wish) => wish !== own);
  const placement = decideClaim(own, hosts.items, others);
  if ('message' in placement) return { waiting: { reason: WAIT_REASONS.noHostFits, message: placement.message } };
  return { claim: await writeClaim(kube, placement.host, key) };
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

type Around = { hosts: ByoHost[]; owners: Machine[]; clusters: Cluster[] };

/** Every machine that could claim now, by incarnation: gates open, not deleting, not paused, without a host. */
function wishesOf(machines: ByoMachine[], { hosts, owners, clusters }: Around): Map<string, Wish> {
  const wishes = new Map<string, Wish>();
  const served = new Set(hosts.map((host) => host.spec.claim?.incarnation));
  for (const machine of machines) {
    const incarnation = incarnationOf(machine);
    const owner = owners.find((one) => one.metadata.name === ownerNameOf(machine, 'Machine'));
    const cluster = clusters.find((one) => one.metadata.name === owner?.spec.clusterName);
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
