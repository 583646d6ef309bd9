// ByoCluster: observe, decide, act.
import { CLUSTER_CONDITIONS } from '../../api/conditions.ts';
import { FIELD_MANAGERS, LABELS } from '../../api/names.ts';
import { ownerNameOf } from '../../common/contract.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_CLUSTERS, type ObjectKey } from '../../common/kube/resources.ts';
import { applyStatus, type StatusWriter } from '../runtime/apply-status.ts';
import type { Caches } from '../runtime/caches.ts';
import { decideCluster, type ObservedCluster } from './decide.ts';
import type { Result } from '../runtime/queue.ts';

const WRITER: StatusWriter = {
  manager: FIELD_MANAGERS.clusterReconciler,
  fields: ['initialization', 'failureDomains'],
  conditions: Object.values(CLUSTER_CONDITIONS),
};

/** Reconciles one ByoCluster; `caches` must be synced. */
export function createClusterReconciler(kube: Kube, caches: Caches): (key: ObjectKey) => Promise<Result> {
  return async (key) => {
    const situation = await observe(kube, caches, key);
    if (!situation) return {};
    const { object } = situation;
    const { namespace, name, resourceVersion } = object.metadata;
    const manager = FIELD_MANAGERS.clusterReconciler;
    const patch = (body: Record<string, unknown>) =>
      kube.patch(BYO_CLUSTERS, { namespace, name }, { manager, body, resourceVersion });
    const decision = decideCluster(situation);
    if (decision.kind === 'SetFinalizers') await patch({ metadata: { finalizers: decision.finalizers } });
    if (decision.kind === 'SetPort') await patch({ spec: { controlPlaneEndpoint: { port: decision.port } } });
    if (decision.kind === 'Status')
      await applyStatus({ kube, resource: BYO_CLUSTERS, object }, WRITER, decision.status);
    return {};
  };
}

async function observe(kube: Kube, caches: Caches, key: ObjectKey): Promise<ObservedCluster | undefined> {
  const object = await kube.find(BYO_CLUSTERS, key);
  if (!object) return undefined;
  const { namespace } = object.metadata;
  const owner = ownerNameOf(object, 'Cluster');
  const machines = caches.byoMachines
    .list(namespace)
    .filter((one) => one.metadata.labels[LABELS.clusterName] === owner);
  return {
    object,
    cluster: owner === undefined ? undefined : caches.clusters.get({ namespace, name: owner }),
    hosts: caches.byoHosts.list(namespace),
    // One that cannot be read may be of this cluster.
    machines: owner === undefined ? 0 : machines.length + caches.byoMachines.unreadable(namespace).length,
  };
}
