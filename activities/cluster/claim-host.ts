// Activity: claims the host that fits best, by compare-and-swap on its resourceVersion.
import type { MachineClaim } from '../../api/activities.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import { FIELD_MANAGERS, type MachineKey } from '../../api/names.ts';
import { WAIT_REASONS } from '../../api/conditions.ts';
import { labelsFor } from '../../common/claim-label.ts';
import { nextGenerationOf } from '../../common/claim-generation.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS } from '../../common/kube/resources.ts';
import { ByoError } from '../../common/errors.ts';
import type { ClaimRound } from './claim-round.ts';
import { claimOf } from './decide-view.ts';
import type { Deed } from './deed.ts';
import type { ClusterDependencies } from './dependencies.ts';
import type { Situation } from './situation.ts';

/** Of a machine, with the reading of its namespace by which its claim is decided. */
export type Claiming = Situation & { round: ClaimRound };

/**
 * Answers the standing claim, or makes one, or says host by host why there is none. To be called one at a time
 * in a namespace: an attempt that Temporal has given up can still run, and must not claim a second host beside its
 * successor.
 */
export function createClaimHost({ kube }: ClusterDependencies): Deed<'claimHost', Claiming> {
  return async (seen, { machine: key }) => {
    const [standing] = seen.claimed;
    const claim = standing && claimOf(standing);
    if (claim) return { claim };
    const placement = seen.round.placementOf(key.incarnation);
    if (!placement) {
      return { waiting: { reason: WAIT_REASONS.held, message: 'the ByoMachine does not wait for a host any more' } };
    }
    if ('message' in placement) return { waiting: { reason: WAIT_REASONS.noHostFits, message: placement.message } };
    const claimed = await writeClaim(kube, placement.host, key);
    seen.round.note(claimed);
    return { claim: claimOnceMade(claimed) };
  };
}

async function writeClaim(kube: Kube, host: ByoHost, key: MachineKey): Promise<ByoHost> {
  const { namespace, name, incarnation } = key;
  const generation = nextGenerationOf(host);
  return kube.patch(
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
}

function claimOnceMade(claimed: ByoHost): MachineClaim {
  const claim = claimOf(claimed);
  if (claim) return claim;
  throw new ByoError('ClaimConflict', `the claim of ${claimed.metadata.name} was taken away at once`, {
    remedy: 'It is tried again',
    retryable: true,
  });
}
