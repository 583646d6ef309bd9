// Force: a machine is given up without its host. Carried out by the reconciler alone, so that it works with Temporal down
// and with a host that is gone for ever; what the host owes stays written down.
import type { ByoHost } from '../api/byo-host.ts';
import type { ByoMachine } from '../api/byo-machine.ts';
import { ANNOTATIONS, FIELD_MANAGERS, FINALIZERS } from '../api/names.ts';
import type { Kube } from '../common/kube/client.ts';
import { BYO_HOSTS, BYO_MACHINES } from '../common/kube/resources.ts';
import type { Logger } from '../common/log.ts';

/** First the debt (claim becomes cleanupOwed, in one write), then the finalizer. Throws Conflict when either changed. */
export async function forceRelease(
  deps: { kube: Kube; log: Logger },
  machine: ByoMachine,
  host: ByoHost | undefined,
): Promise<void> {
  const { namespace, name, resourceVersion, annotations } = machine.metadata;
  const manager = FIELD_MANAGERS.machineReconciler;
  deps.log.warn(
    { machine: `${namespace}/${name}`, host: host?.metadata.name, request: annotations[ANNOTATIONS.forceRelease] },
    'forced release: the machine goes without its host, which owes a clean-up',
  );
  if (host?.spec.claim) {
    const { releasing: _, ...owed } = host.spec.claim;
    await deps.kube.patch(
      BYO_HOSTS,
      { namespace: host.metadata.namespace, name: host.metadata.name },
      {
        manager,
        body: { spec: { claim: null, cleanupOwed: owed } },
        resourceVersion: host.metadata.resourceVersion,
      },
    );
  }
  const finalizers = machine.metadata.finalizers.filter((one) => one !== FINALIZERS.machine);
  await deps.kube.patch(
    BYO_MACHINES,
    { namespace, name },
    { manager, body: { metadata: { finalizers } }, resourceVersion },
  );
}
