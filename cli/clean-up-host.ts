// `byo host clean-up`: a host works for a claim that the cluster does not know, or carries one whose machine is gone; a
// person says that it shall be reset.
import type { ByoHost, Claim } from '../api/byo-host.ts';
import { labelsFor } from '../common/claim/claim-label.ts';
import { strangeClaimOf } from '../common/claim/claim-conflict.ts';
import { boastOf } from '../common/claim/claim-generation.ts';
import { isOwnerGone } from '../common/contract.ts';
import type { Kube } from '../common/kube/client.ts';
import { BYO_HOSTS, BYO_MACHINES, MACHINES } from '../common/kube/resources.ts';
import { retryOnConflict } from '../common/kube/retry-on-conflict.ts';
import { UsageError } from './usage-error.ts';

/** Writes the debt by which the controller orders the reset; answers the claim. @throws UsageError, KubeError */
export async function orderCleanUp(
  kube: Kube,
  key: { namespace: string; name: string },
): Promise<{ incarnation: string; generation: number }> {
  return retryOnConflict(async () => {
    const host = await kube.get(BYO_HOSTS, key);
    const orphaned = host.spec.claim !== undefined && (await isOrphaned(kube, host.spec.claim));
    const owed = decideDebt(host, orphaned);
    const { lastGeneration = 0 } = host.spec;
    const claim = orphaned ? { claim: null } : {};
    const metadata = orphaned ? { labels: labelsFor(null) } : {};
    const body = {
      metadata,
      spec: { ...claim, cleanupOwed: owed, lastGeneration: Math.max(lastGeneration, owed.generation) },
    };
    const { resourceVersion } = host.metadata;
    await kube.patch(BYO_HOSTS, key, { manager: 'byo', body, resourceVersion });
    return owed;
  });
}

/** Neither the ByoMachine of the claim nor its Machine is there. */
async function isOrphaned(kube: Kube, claim: Claim): Promise<boolean> {
  const { namespace, name } = claim;
  const machine = await kube.find(BYO_MACHINES, { namespace, name });
  const { items: owners } = await kube.list(MACHINES, { namespace });
  return isOwnerGone(claim, machine, owners);
}

type Debt = { namespace: string; name: string; incarnation: string; generation: number };

/** The name of a strange ByoMachine is not known: its incarnation, which nothing is called by, stands in for it. */
function decideDebt(host: ByoHost, orphaned: boolean): Debt {
  const { namespace, name } = host.metadata;
  const { claim } = host.spec;
  const open = strangeClaimOf(host);
  const boast = boastOf(host);
  if (boast && open) throw new UsageError(`host ${namespace}/${name} cannot be cleaned up`, boast.message);
  if (claim && !orphaned) {
    const remedy = open
      ? 'Delete its Machine first, by force, since the host does not obey it'
      : 'To give a host back, delete its Machine';
    throw new UsageError(`host ${namespace}/${name} is claimed by ${claim.namespace}/${claim.name}`, remedy);
  }
  // What the host itself works for is what it lets itself be reset under.
  if (open) return { namespace, name: open.incarnation, ...open };
  if (claim) {
    const { releasing: _, ...owed } = claim;
    return owed;
  }
  throw new UsageError(
    `host ${namespace}/${name} works for no claim that the cluster does not know`,
    'To give a host back, delete its Machine',
  );
}
