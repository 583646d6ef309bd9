// The Node of a claim, deleted on a workload API server (here the same server plays it) by providerID and UID.
import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { createClusterActivities } from '../../activities/cluster/index.ts';
import { providerIdOf } from '../../api/names.ts';
import { MACHINES, NODES, SECRETS } from '../../common/kube/resources.ts';
import { createKeyPair } from '../../common/sealing.ts';
import { admin, createCluster, createMachine, newNamespace, ours, prepareServer, setStatus } from './fixtures.ts';

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

const HOST_ID = '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11';

test('the Node of the claim goes, one that bears its name for another claim stays', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  const { metadata } = await createMachine(namespace, 'm');
  const labels = { 'cluster.x-k8s.io/cluster-name': 'c', 'cluster.x-k8s.io/control-plane': '' };
  await admin.create(MACHINES, { metadata: { namespace, name: 'cp', labels }, spec: { clusterName: 'c' } }, namespace);
  await setStatus(MACHINES, { namespace, name: 'm' }, { nodeRef: { name: `${namespace}-new` } });
  await createKubeconfig(namespace, 'cluster.x-k8s.io/secret');
  for (const [name, generation] of [
    ['new', 2],
    ['old', 1],
  ] as const) {
    const spec = { providerID: providerIdOf(HOST_ID, generation) };
    await admin.create(NODES, { metadata: { name: `${namespace}-${name}` }, spec });
  }
  const activities = createClusterActivities({
    kube: ours(),
    signingKey: await createKeyPair('signing'),
    management: 'test',
  });
  const machine = { management: 'test', namespace, name: 'm', incarnation: metadata.uid };
  const claim = { hostName: 'h', hostID: HOST_ID, generation: 1 };
  const deleted = await activities.deleteNode({ machine, claim });
  expect(deleted).toEqual({ deleted: true, message: `Node ${namespace}-old deleted` });
  expect(await admin.find(NODES, { name: `${namespace}-new` })).toBeDefined();
  const again = await activities.deleteNode({ machine, claim });
  expect(again.deleted).toBe(true);
  await admin.delete(NODES, { name: `${namespace}-new` });
});

test('a Secret that only bears the name of the kubeconfig is not used', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  const { metadata } = await createMachine(namespace, 'm');
  const labels = { 'cluster.x-k8s.io/cluster-name': 'c', 'cluster.x-k8s.io/control-plane': '' };
  await admin.create(MACHINES, { metadata: { namespace, name: 'cp', labels }, spec: { clusterName: 'c' } }, namespace);
  await createKubeconfig(namespace, 'Opaque');
  const name = `${namespace}-kept`;
  await admin.create(NODES, { metadata: { name }, spec: { providerID: providerIdOf(HOST_ID, 5) } });
  const kube = ours();
  const activities = createClusterActivities({ kube, signingKey: await createKeyPair('signing'), management: 'test' });
  const machine = { management: 'test', namespace, name: 'm', incarnation: metadata.uid };
  const result = await activities.deleteNode({ machine, claim: { hostName: 'h', hostID: HOST_ID, generation: 5 } });
  expect(result.deleted).toBe(false);
  expect(result.message).toContain('Secret c-kubeconfig is of type Opaque; only cluster.x-k8s.io/secret is used');
  expect(await admin.delete(NODES, { name })).toBe(true);
});
