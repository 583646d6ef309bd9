// Activity: claims the host that fits best, by compare-and-swap on its resourceVersion.
import type { ByoHost } from '../../api/byo-host.ts';
import { FIELD_MANAGERS, type MachineKey } from '../../api/names.ts';
import { WAIT_REASONS } from '../../api/conditions.ts';
import { labelsFor } from '../../common/claim-label.ts';
import { nextGenerationOf } from '../../common/claim-generation.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS } from '../../common/kube/resources.ts';
import { ByoError } from '../../common/errors.ts';
import { decideClaim } from './decide-claim.ts';
import { claimOf } from './decide-view.ts';
import type { Deed } from './deed.ts';
import type { ClusterDependencies } from './dependencies.ts';
import { wishesOf } from './list-wishes.ts';
import type { Namespace } from './situation.ts';

/**
 * Answers the standing claim, or makes one, or says host by host why there is none. To be called one at a time
 * in a namespace: an attempt that Temporal has given up can still run, and must not claim a second host beside its
 * successor.
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
  const generation = nextGenerationOf(host);
  const claimed = await kube.patch(
    BYO_HOSTS,
    { namespace: host.metadata.namespace, name: host.metadata.name },
    {
      manager: FIELD_MANAGERS.workflow,
      body: {
        metadata: { labels: labelsFor({ incarnation }) },
        spec: { claim: { namespace, name, incarnation, generation }, lastGeneration: generation },
      },
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
