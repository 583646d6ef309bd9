// Force: a machine is given up without its host. Carried out by the reconciler alone, so that it works with Temporal down
// and with a host that is gone for ever; what the host owes stays written down.
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import { ANNOTATIONS, FIELD_MANAGERS, FINALIZERS } from '../../api/names.ts';
import { labelsFor } from '../../common/claim/claim-label.ts';
import { incarnationOf, isClaimedBy } from '../../common/contract.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS, BYO_MACHINES } from '../../common/kube/resources.ts';
import type { Logger } from '../../common/log.ts';

/**
 * First the debts (claim becomes cleanupOwed, in one write each), then the finalizer. The hosts are read afresh, and every
 * claim of the machine is turned: one that a cache has not heard of, or a second one, would stand for ever.
 * @throws Conflict when one of them changed meanwhile; UnreadableListError when a host cannot be read
 */
export async function forceRelease(deps: { kube: Kube; log: Logger }, machine: ByoMachine): Promise<void> {
  const { namespace, name, resourceVersion, annotations } = machine.metadata;
  const manager = FIELD_MANAGERS.machineReconciler;
  const key = { namespace, name, incarnation: incarnationOf(machine) };
  const { items } = await deps.kube.list(BYO_HOSTS, { namespace });
  const hosts = items.filter((host) => isClaimedBy(host, key));
  deps.log.warn(
    {
      machine: `${namespace}/${name}`,
      hosts: hosts.map((host) => host.metadata.name),
      request: annotations[ANNOTATIONS.forceRelease],
    },
    'forced release: the machine goes without its host, which owes a clean-up',
  );
  for (const host of hosts) await turnIntoDebt(deps.kube, host, manager);
  const finalizers = machine.metadata.finalizers.filter((one) => one !== FINALIZERS.machine);
  await deps.kube.patch(
    BYO_MACHINES,
    { namespace, name },
    { manager, body: { metadata: { finalizers } }, resourceVersion },
  );
}

async function turnIntoDebt(kube: Kube, { metadata, spec }: ByoHost, manager: string): Promise<void> {
  if (!spec.claim) return;
  const { releasing: _, ...owed } = spec.claim;
  const { namespace, name, resourceVersion } = metadata;
  const body = { metadata: { labels: labelsFor(null) }, spec: { claim: null, cleanupOwed: owed } };
  await kube.patch(BYO_HOSTS, { namespace, name }, { manager, body, resourceVersion });
}
