// Activity: gives the host back and lets the ByoMachine go; the host reconciler frees the host afterwards.
import type { ByoHost } from '../../api/byo-host.ts';
import { FIELD_MANAGERS, FINALIZERS } from '../../api/names.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS, BYO_MACHINES } from '../../common/kube/resources.ts';
import type { Deed } from './right/deed.ts';
import type { ClusterDependencies } from './dependencies.ts';
import type { Situation } from './observe/situation.ts';

/** First the claims become `releasing`, the finalizer falls last: a host is never held by an object that is gone. */
export function createReleaseHost({ kube }: ClusterDependencies): Deed<'releaseHost'> {
  return async (situation) => {
    // Not found: an earlier attempt has finished, or the object was lost, and then the claim has to stand.
    if (!situation.machine) return;
    for (const host of situation.claimed) await markReleasing(kube, host);
    await dropFinalizer(kube, situation);
  };
}

async function markReleasing(kube: Kube, host: ByoHost): Promise<void> {
  if (host.spec.claim?.releasing) return;
  const { namespace, name, resourceVersion } = host.metadata;
  const change = { manager: FIELD_MANAGERS.workflow, body: { spec: { claim: { releasing: true } } }, resourceVersion };
  await kube.patch(BYO_HOSTS, { namespace, name }, change);
}

async function dropFinalizer(kube: Kube, { machine }: Situation): Promise<void> {
  if (!machine?.metadata.finalizers.includes(FINALIZERS.machine)) return;
  const { namespace, name, resourceVersion } = machine.metadata;
  const finalizers = machine.metadata.finalizers.filter((one) => one !== FINALIZERS.machine);
  const change = { manager: FIELD_MANAGERS.workflow, body: { metadata: { finalizers } }, resourceVersion };
  await kube.patch(BYO_MACHINES, { namespace, name }, change);
}
