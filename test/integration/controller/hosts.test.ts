// ByoHosts and ByoClusters under a running controller.
import { beforeAll, expect, test } from 'vitest';
import { FINALIZERS, LABELS } from '../../../api/names.ts';
import { findCondition } from '../../../common/kube/conditions.ts';
import { BYO_CLUSTERS, BYO_HOSTS, BYO_MACHINES, CLUSTERS, MACHINES } from '../../../common/kube/resources.ts';
import { until } from '../../support/until.ts';
import {
  admin,
  createByoCluster,
  createCluster,
  createHost,
  createMachine,
  newNamespace,
  prepareServer,
} from './fixtures.ts';
import { runController } from './running.ts';

beforeAll(prepareServer);

const hostOf = (namespace: string) => admin.get(BYO_HOSTS, { namespace, name: 'h' });
const clusterOf = (namespace: string) => admin.get(BYO_CLUSTERS, { namespace, name: 'c' });
const reasonOf = async (namespace: string, type: string) =>
  findCondition((await hostOf(namespace)).status?.conditions, type)?.reason;
const patchHost = (namespace: string, spec: Record<string, unknown>) =>
  admin.patch(BYO_HOSTS, { namespace, name: 'h' }, { manager: 'test', body: { spec } });

/** The ByoMachine goes as if its workflow had released it: deleted first, or it would be adopted again. */
async function removeMachine(namespace: string): Promise<void> {
  const key = { namespace, name: 'm' };
  await until(async () =>
    expect((await admin.get(BYO_MACHINES, key)).metadata.finalizers).toContain(FINALIZERS.machine),
  );
  await admin.delete(BYO_MACHINES, key);
  await admin.patch(BYO_MACHINES, key, { manager: 'test', body: { metadata: { finalizers: [] } } });
}

test('an enrolled host that reports becomes available; one that only reports a key does not', async () => {
  const namespace = await newNamespace();
  await using running = await runController(namespace);
  expect(running.told).toEqual([]);
  const { keys } = await createHost(namespace, 'h');
  await until(async () => expect(await reasonOf(namespace, 'Available')).toBe('Available'));
  const host = await hostOf(namespace);
  expect(host.spec.keys).toMatchObject([{ id: keys.id, use: 'sealing' }]);
  await patchHost(namespace, { keys: [] });
  await until(async () => expect(await reasonOf(namespace, 'Available')).toBe('WaitingForHostKey'));
  expect((await hostOf(namespace)).spec.keys).toEqual([]);
  expect(host.metadata.finalizers).toContain(FINALIZERS.host);
  expect(host.status?.hostinfo).toMatchObject({ osname: 'linux', architecture: 'amd64' });
});

test('a claim that was made without its label is labelled, and what strips or changes the label is undone', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  await createHost(namespace, 'h');
  const { metadata } = await createMachine(namespace, 'm');
  const { uid: incarnation } = metadata;
  // As an older release claims.
  await patchHost(namespace, { claim: { namespace, name: 'm', incarnation, generation: 1 }, lastGeneration: 1 });
  await using running = await runController(namespace);
  const labelled = () =>
    until(async () => expect((await hostOf(namespace)).metadata.labels[LABELS.claim]).toBe(incarnation));
  await labelled();
  for (const value of [null, 'another']) {
    const body = { metadata: { labels: { [LABELS.claim]: value } } };
    await admin.patch(BYO_HOSTS, { namespace, name: 'h' }, { manager: 'test', body });
    await labelled();
  }
  expect(running.down).toEqual({});
});

test('a claimed host refuses to be deleted, and goes when it is free', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  await using running = await runController(namespace);
  expect(running.told).toEqual([]);
  await createHost(namespace, 'h');
  await until(async () => expect(await reasonOf(namespace, 'Available')).toBe('Available'));
  const { metadata } = await createMachine(namespace, 'm');
  await patchHost(namespace, {
    claim: { namespace, name: 'm', incarnation: metadata.uid, generation: 1 },
    lastGeneration: 1,
  });
  await admin.delete(BYO_HOSTS, { namespace, name: 'h' });
  await until(async () => {
    const available = findCondition((await hostOf(namespace)).status?.conditions, 'Available');
    expect(available).toMatchObject({ reason: 'Claimed', message: expect.stringContaining('being deleted') });
  });
  await patchHost(namespace, { claim: { releasing: true } });
  await removeMachine(namespace);
  await admin.delete(MACHINES, { namespace, name: 'm' });
  await until(async () => expect(await admin.find(BYO_HOSTS, { namespace, name: 'h' })).toBeUndefined());
});

test('a released host is free only when ByoMachine and Machine are gone, and the waiting are woken', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  await using running = await runController(namespace);
  await createHost(namespace, 'h');
  const { metadata } = await createMachine(namespace, 'm');
  await createMachine(namespace, 'waiting');
  await patchHost(namespace, {
    claim: { namespace, name: 'm', incarnation: metadata.uid, generation: 1, releasing: true },
    lastGeneration: 1,
  });
  await until(async () => expect(await reasonOf(namespace, 'Available')).toBe('Claimed'));
  await removeMachine(namespace);
  const seen = await running.reconciles('host');
  await until(async () => expect(await running.reconciles('host')).toBeGreaterThan(seen));
  expect((await hostOf(namespace)).spec.claim).toBeDefined();
  running.told.length = 0;
  await admin.delete(MACHINES, { namespace, name: 'm' });
  await until(async () => expect((await hostOf(namespace)).spec.claim).toBeUndefined());
  expect((await hostOf(namespace)).spec.lastGeneration).toBe(1);
  await until(async () => expect(running.told).toContainEqual({ name: 'waiting', how: 'SignalWithStart' }));
});

const endpoint = (host: string | null) => ({ spec: { controlPlaneEndpoint: host ? { host, port: 6443 } : null } });

test('a ByoCluster waits for its endpoint, takes it from the Cluster, and stays provisioned', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  await createByoCluster(namespace);
  await using running = await runController(namespace);
  expect(running.told).toEqual([]);
  await until(async () => {
    const { status, metadata } = await clusterOf(namespace);
    expect(metadata.finalizers).toContain(FINALIZERS.cluster);
    expect(findCondition(status?.conditions, 'Ready')?.reason).toBe('WaitingForControlPlaneEndpoint');
  });
  await admin.patch(CLUSTERS, { namespace, name: 'c' }, { manager: 'test', body: endpoint('192.0.2.1') });
  await until(async () => expect((await clusterOf(namespace)).status?.initialization?.provisioned).toBe(true));
  await admin.patch(CLUSTERS, { namespace, name: 'c' }, { manager: 'test', body: endpoint(null) });
  await until(async () => {
    const { status } = await clusterOf(namespace);
    expect(findCondition(status?.conditions, 'Ready')?.status).toBe('False');
    expect(status?.initialization?.provisioned).toBe(true);
  });
});

test('a ByoCluster gets the default port, the failure domains of its hosts, and goes when its machines have gone', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  await createByoCluster(namespace, { controlPlaneEndpoint: { host: '192.0.2.1' } });
  await createHost(namespace, 'h');
  await patchHost(namespace, { failureDomain: 'rack-1' });
  await createMachine(namespace, 'm');
  await using running = await runController(namespace);
  expect(running.told).toEqual([]);
  await until(async () => {
    const { spec, status } = await clusterOf(namespace);
    expect(spec.controlPlaneEndpoint).toEqual({ host: '192.0.2.1', port: 6443 });
    expect(status?.failureDomains).toEqual([{ name: 'rack-1', controlPlane: true }]);
  });
  await admin.delete(BYO_CLUSTERS, { namespace, name: 'c' });
  await until(async () => {
    const ready = findCondition((await clusterOf(namespace)).status?.conditions, 'Ready');
    expect(ready?.reason).toBe('Deleting');
  });
  await removeMachine(namespace);
  await until(async () => expect(await admin.find(BYO_CLUSTERS, { namespace, name: 'c' })).toBeUndefined());
});

test('a ByoCluster that somebody else manages is not touched', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  await createByoCluster(namespace, { controlPlaneEndpoint: { host: '192.0.2.1' } });
  const body = { metadata: { annotations: { 'cluster.x-k8s.io/managed-by': 'other' } } };
  const { metadata } = await admin.patch(BYO_CLUSTERS, { namespace, name: 'c' }, { manager: 'test', body });
  await using running = await runController(namespace);
  await until(async () => expect(await running.reconciles('cluster')).toBeGreaterThan(0));
  expect((await clusterOf(namespace)).metadata.resourceVersion).toBe(metadata.resourceVersion);
});
