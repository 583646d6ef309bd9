// The Node of a claim, deleted on a workload API server (here the same server plays it) by providerID and UID.
import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import type { MachineClaim } from '../../../api/activities.ts';
import { FINALIZERS, providerIdOf } from '../../../api/names.ts';
import { BYO_MACHINES, MACHINES, NODES, SECRETS } from '../../../common/kube/resources.ts';
import { scene, type Scene } from './claimed-scene.ts';
import { admin, prepareServer, setStatus } from './fixtures.ts';

beforeAll(prepareServer);

/** As the control plane provider makes it, but for its type. */
async function createKubeconfig(namespace: string, type: string): Promise<void> {
  const value = (await readFile(process.env.BYO_TEST_KUBECONFIG ?? '')).toString('base64');
  const labels = { 'cluster.x-k8s.io/cluster-name': 'c' };
  await admin.create(
    SECRETS,
    { metadata: { namespace, name: 'c-kubeconfig', labels }, type, data: { value } },
    namespace,
  );
}

/** A worker `m` that is being deleted, while a control plane of its cluster stays. */
async function leavingWorker(): Promise<Scene> {
  const here = await scene();
  const { namespace } = here;
  const body = { metadata: { finalizers: [FINALIZERS.machine] } };
  await admin.patch(BYO_MACHINES, { namespace, name: 'm' }, { manager: 'test', body });
  await admin.delete(BYO_MACHINES, { namespace, name: 'm' });
  const labels = { 'cluster.x-k8s.io/cluster-name': 'c', 'cluster.x-k8s.io/control-plane': '' };
  await admin.create(MACHINES, { metadata: { namespace, name: 'cp', labels }, spec: { clusterName: 'c' } }, namespace);
  return here;
}

async function createNode(name: string, { hostID, generation }: MachineClaim): Promise<void> {
  await admin.create(NODES, { metadata: { name }, spec: { providerID: providerIdOf(hostID, generation) } });
}

test('the Node of the claim goes, one that bears its name for another claim stays', async () => {
  const { activities, key: machine, claim, namespace } = await leavingWorker();
  await setStatus(MACHINES, { namespace, name: 'm' }, { nodeRef: { name: `${namespace}-new` } });
  await createKubeconfig(namespace, 'cluster.x-k8s.io/secret');
  await createNode(`${namespace}-new`, { ...claim, generation: claim.generation + 1 });
  await createNode(`${namespace}-old`, claim);
  const deleted = await activities.deleteNode({ machine, claim });
  expect(deleted).toEqual({ deleted: true, message: `Node ${namespace}-old deleted` });
  expect(await admin.find(NODES, { name: `${namespace}-new` })).toBeDefined();
  const again = await activities.deleteNode({ machine, claim });
  expect(again.deleted).toBe(true);
  await admin.delete(NODES, { name: `${namespace}-new` });
});

test('a Secret that only bears the name of the kubeconfig is not used', async () => {
  const { activities, key: machine, claim, namespace } = await leavingWorker();
  await createKubeconfig(namespace, 'Opaque');
  const name = `${namespace}-kept`;
  await createNode(name, claim);
  const result = await activities.deleteNode({ machine, claim });
  expect(result.deleted).toBe(false);
  expect(result.message).toContain('Secret c-kubeconfig is of type Opaque; only cluster.x-k8s.io/secret is used');
  expect(await admin.delete(NODES, { name })).toBe(true);
});
