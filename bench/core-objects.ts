// What Cluster API's core and its users write around a machine, made by hand as they would.
import type { ByoMachine } from '../api/byo-machine.ts';
import { LABELS } from '../api/names.ts';
import type { Kube } from '../common/kube/client.ts';
import { BYO_MACHINES, CLUSTERS, MACHINES } from '../common/kube/resources.ts';

/** The one Cluster of a namespace, and the version of its machines. */
export const CLUSTER = 'c';
export const VERSION = 'v1.36.3';
/** Field manager of what a bench writes. */
export const MANAGER = 'bench';
const labels = { [LABELS.clusterName]: CLUSTER };

/** A Cluster whose infrastructure is provisioned. */
export async function makeProvisionedCluster(kube: Kube, namespace: string): Promise<void> {
  await kube.create(CLUSTERS, { metadata: { namespace, name: CLUSTER }, spec: {} }, namespace);
  const status = { initialization: { infrastructureProvisioned: true } };
  const change = { manager: MANAGER, subresource: 'status' as const, body: { status } };
  await kube.apply(CLUSTERS, { namespace, name: CLUSTER }, change);
}

/** `finalizers`: of the Machine. `dataSecretName`: its bootstrap data, if that is there. */
type Owner = { finalizers?: string[]; dataSecretName?: string };

/** A Machine and its ByoMachine, as a MachineSet makes them. */
export async function makeOwnedMachine(
  kube: Kube,
  { namespace, name }: { namespace: string; name: string },
  { finalizers = [], ...bootstrap }: Owner = {},
): Promise<ByoMachine> {
  const metadata = { namespace, name, labels };
  const infrastructureRef = { kind: 'ByoMachine', name };
  const spec = { clusterName: CLUSTER, version: VERSION, bootstrap, infrastructureRef };
  const owner = await kube.create(MACHINES, { metadata: { ...metadata, finalizers }, spec }, namespace);
  const { uid } = owner.metadata;
  const ownerReferences = [{ apiVersion: 'cluster.x-k8s.io/v1beta2', kind: 'Machine', name, uid, controller: true }];
  const machine = { metadata: { ...metadata, ownerReferences }, spec: { installerRef: { name: 'installer' } } };
  return kube.create(BYO_MACHINES, machine, namespace);
}
