// `byo host clean-up`: a host works for a claim that the cluster does not know; a person says that it shall be reset.
import type { ByoHost } from '../api/byo-host.ts';
import { strangeClaimOf } from '../common/claim-conflict.ts';
import { boastOf } from '../common/claim-generation.ts';
import type { Kube } from '../common/kube/client.ts';
import { BYO_HOSTS } from '../common/kube/resources.ts';
import { retryOnConflict } from '../common/kube/retry-on-conflict.ts';
import { UsageError } from './usage-error.ts';

/** Writes the debt by which the controller orders the reset; answers the claim. @throws UsageError, KubeError */
export async function orderCleanUp(
  kube: Kube,
  key: { namespace: string; name: string },
): Promise<{ incarnation: string; generation: number }> {
  return retryOnConflict(async () => {
    const host = await kube.get(BYO_HOSTS, key);
    const owed = decideDebt(host);
    const { lastGeneration = 0 } = host.spec;
    const body = { spec: { cleanupOwed: owed, lastGeneration: Math.max(lastGeneration, owed.generation) } };
    const { resourceVersion } = host.metadata;
    await kube.patch(BYO_HOSTS, key, { manager: 'byo', body, resourceVersion });
    return owed;
  });
}

/** The name of the ByoMachine is not known: its incarnation, which nothing is called by, stands in for it. */
function decideDebt(host: ByoHost): { namespace: string; name: string; incarnation: string; generation: number } {
  const { namespace, name } = host.metadata;
  const { claim } = host.spec;
  const open = strangeClaimOf(host);
  if (!open) {
    throw new UsageError(
      `host ${namespace}/${name} works for no claim that the cluster does not know`,
      'To give a host back, delete its Machine',
    );
  }
  const boast = boastOf(host);
  if (boast) throw new UsageError(`host ${namespace}/${name} cannot be cleaned up`, boast.message);
  if (claim) {
    const remedy = 'Delete its Machine first, by force, since the host does not obey it';
    throw new UsageError(`host ${namespace}/${name} is claimed by ${claim.namespace}/${claim.name}`, remedy);
  }
  return { namespace, name: open.incarnation, ...open };
}
