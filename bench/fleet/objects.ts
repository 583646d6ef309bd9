// The objects of the bench of a fleet: what a user and Cluster API's controllers write, made by hand as they would.
import { readFile } from 'node:fs/promises';
import { API_VERSION, LABELS } from '../../api/names.ts';
import type { Kube } from '../../common/kube/client.ts';
import { isAlreadyExists } from '../../common/kube/errors.ts';
import { BYO_MACHINES, INSTALLER_TEMPLATES, MACHINES, NODES, SECRETS } from '../../common/kube/resources.ts';
import { CLUSTER, makeOwnedMachine, makeProvisionedCluster, MANAGER, VERSION } from '../core-objects.ts';
import { NAMESPACE } from '../gateway/fleet.ts';

/** Core's: it holds the Machine until everything of it is gone. */
const FINALIZER = 'machine.cluster.x-k8s.io';
const labels = { [LABELS.clusterName]: CLUSTER };

/** A Cluster whose infrastructure is provisioned, with a control plane that stays; its workload API is the management's own. */
export async function makeCluster(kube: Kube, kubeconfig: string): Promise<void> {
  await makeProvisionedCluster(kube, NAMESPACE);
  const stays = { namespace: NAMESPACE, name: 'cp', labels: { ...labels, [LABELS.controlPlane]: '' } };
  await kube.create(MACHINES, { metadata: stays, spec: { clusterName: CLUSTER } }, NAMESPACE);
  const versions = [{ version: VERSION, digest: `sha256:${'a'.repeat(64)}` }];
  const installer = { bundleRepo: 'file:///bundles', bundleType: 'k8s', versions };
  const template = { metadata: { namespace: NAMESPACE, name: 'installer' }, spec: { template: { spec: installer } } };
  await kube.create(INSTALLER_TEMPLATES, { apiVersion: API_VERSION, ...template }, NAMESPACE);
  await makeSecret(kube, `${CLUSTER}-kubeconfig`, await readFile(kubeconfig, 'utf8'));
  await makeSecret(kube, 'data', '#cloud-config\n'.padEnd(8192, '# as long as that of kubeadm\n'));
}

async function makeSecret(kube: Kube, name: string, text: string): Promise<void> {
  const data = { value: Buffer.from(text).toString('base64') };
  const metadata = { namespace: NAMESPACE, name, labels };
  await kube.create(SECRETS, { metadata, type: 'cluster.x-k8s.io/secret', data }, NAMESPACE);
}

/** A Machine and its ByoMachine, as a MachineSet makes them. */
export async function makeMachine(kube: Kube, name: string): Promise<void> {
  await makeOwnedMachine(kube, keyOf(name), { finalizers: [FINALIZER], dataSecretName: 'data' });
}

/** The Node of a machine that has joined, and core's word that it found it. */
export async function makeNode(kube: Kube, name: string, providerID: string): Promise<void> {
  await kube.create(NODES, { metadata: { name }, spec: { providerID } }).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
  });
  const body = { status: { nodeRef: { name } } };
  await kube.apply(MACHINES, keyOf(name), { manager: MANAGER, subresource: 'status', body });
}

/** As core goes about it: the Machine is being deleted, and takes its ByoMachine with it. */
export async function beginDeletion(kube: Kube, name: string): Promise<void> {
  await kube.delete(MACHINES, keyOf(name));
  await kube.delete(BYO_MACHINES, keyOf(name));
}

/** Once the ByoMachine is gone. */
export async function endDeletion(kube: Kube, name: string): Promise<void> {
  await kube.patch(MACHINES, keyOf(name), { manager: MANAGER, body: { metadata: { finalizers: null } } });
}

function keyOf(name: string) {
  return { namespace: NAMESPACE, name };
}
