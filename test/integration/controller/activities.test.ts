// The cluster activities on a real API server, under our own rights: each may run twice, and writes only what changes.
import { beforeAll, expect, test } from 'vitest';
import { ANNOTATIONS, FINALIZERS, providerIdOf } from '../../../api/names.ts';
import { findCondition } from '../../../common/kube/conditions.ts';
import { BYO_MACHINES, INSTALLER_TEMPLATES, MACHINES, SECRETS } from '../../../common/kube/resources.ts';
import { DIGEST, hostOf, machineOf, preparedScene, say, scene, VERSION } from './claimed-scene.ts';
import { admin, prepareServer } from './fixtures.ts';

beforeAll(prepareServer);

test('an install order says what and by which digest, to this host alone', async () => {
  const { activities, key, claim, open } = await scene();
  const result = await activities.sealOrder({ machine: key, claim, verb: 'install' });
  const order = 'order' in result ? result.order : undefined;
  expect(order).toMatchObject({ verb: 'install', operation: `install/${VERSION}`, generation: 1 });
  expect(await open(order?.sealed ?? '')).toMatchObject({
    hostID: claim.hostID,
    incarnation: key.incarnation,
    arguments: { version: VERSION, bundle: { source: 'file:///bundles', digest: DIGEST } },
  });
});

test('bootstrap data is in the order of a join only, and only sealed', async () => {
  const here = await preparedScene();
  const { activities, key, claim, open } = here;
  await say(here, { operation: `install/${VERSION}#1` });
  const result = await activities.sealOrder({ machine: key, claim, verb: 'join', attempt: 1 });
  const order = 'order' in result ? result.order : undefined;
  expect(JSON.stringify(order)).not.toContain(Buffer.from('#cloud-config').toString('base64').slice(0, -2));
  expect(order?.operation).toBe('join#1');
  expect(await open(order?.sealed ?? '')).toMatchObject({
    arguments: { format: 'cloud-config', metadata: { providerId: providerIdOf(claim.hostID, 1) } },
  });
});

test('what an order still lacks is a wait with its reason', async () => {
  const { activities, key, claim, namespace } = await preparedScene();
  await admin.delete(SECRETS, { namespace, name: 'm-data' });
  const join = await activities.sealOrder({ machine: key, claim, verb: 'join' });
  expect(join).toMatchObject({ waiting: { reason: 'WaitingForBootstrapData' } });
  await admin.delete(INSTALLER_TEMPLATES, { namespace, name: 'installer' });
  const install = await activities.sealOrder({ machine: key, claim, verb: 'install' });
  expect(install).toMatchObject({ waiting: { reason: 'WaitingForInstallerConfig' } });
});

test('no order carries a Secret that is not its cluster’s, whatever the Machine names', async () => {
  const { activities, key, claim, namespace } = await preparedScene();
  const labels = { 'cluster.x-k8s.io/cluster-name': 'other' };
  await admin.patch(SECRETS, { namespace, name: 'm-data' }, { manager: 'test', body: { metadata: { labels } } });
  const refused = activities.sealOrder({ machine: key, claim, verb: 'join' });
  await expect(refused).rejects.toThrow('does not carry the label cluster.x-k8s.io/cluster-name=c');
});

test('no order for a claim that is no more', async () => {
  const { activities, key, claim } = await scene();
  const old = { ...claim, generation: claim.generation + 1 };
  await expect(activities.sealOrder({ machine: key, claim: old, verb: 'reset' })).rejects.toMatchObject({
    type: 'ClaimConflict',
    nonRetryable: true,
  });
});

test('conditions keep their time while their status stays, and are not written twice', async () => {
  const here = await scene();
  const claimed = { type: 'HostClaimed', status: 'True', reason: 'HostClaimed', message: 'h' } as const;
  const prepared = { type: 'HostPrepared', status: 'False', reason: 'Installing', message: '' } as const;
  await here.activities.reportConditions({ machine: here.key, conditions: [claimed] });
  await here.activities.reportConditions({ machine: here.key, conditions: [prepared] });
  const first = await machineOf(here);
  await here.activities.reportConditions({ machine: here.key, conditions: [prepared] });
  expect((await machineOf(here)).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  await here.activities.reportConditions({ machine: here.key, conditions: [{ ...prepared, message: 'more' }] });
  const { status } = await machineOf(here);
  expect(status?.conditions?.map(({ type }) => type)).toEqual(['HostClaimed', 'HostPrepared']);
  const times = [first.status, status].map((one) => findCondition(one?.conditions, 'HostPrepared')?.lastTransitionTime);
  expect(times[0]).toBe(times[1]);
});

test('a request for another try is used up by the try that fails', async () => {
  const here = await scene();
  const { namespace, key, activities } = here;
  const body = { metadata: { annotations: { [ANNOTATIONS.retryBootstrap]: 'please' } } };
  await admin.patch(BYO_MACHINES, { namespace, name: 'm' }, { manager: 'test', body });
  const failed = { type: 'BootstrapSucceeded', status: 'False', reason: 'BootstrapFailed', message: 'exit 1' } as const;
  await activities.reportConditions({ machine: key, conditions: [{ ...failed, status: 'Unknown' }] });
  expect((await activities.observeMachine({ machine: key })).bootstrapFailed).toBe(false);
  await activities.reportConditions({ machine: key, conditions: [failed] });
  expect((await machineOf(here)).metadata.annotations).not.toHaveProperty(ANNOTATIONS.retryBootstrap);
  expect((await activities.observeMachine({ machine: key })).bootstrapFailed).toBe(true);
});

test('providerID and block-move are set once, however often it is said', async () => {
  const here = await scene();
  const { activities, key, claim } = here;
  await say(here, { operation: `install/${VERSION}` });
  for (const blocked of [true, true]) await activities.setBlockMove({ machine: key, blocked });
  await activities.setProviderID({ machine: key, claim });
  const first = await machineOf(here);
  await activities.setProviderID({ machine: key, claim });
  await activities.setBlockMove({ machine: key, blocked: true });
  const again = await machineOf(here);
  expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  expect(again.spec.providerID).toBe(providerIdOf(claim.hostID, 1));
  expect((await activities.observeMachine({ machine: key })).prepared).toBe(true);
  await activities.setBlockMove({ machine: key, blocked: false });
  expect((await machineOf(here)).metadata.annotations).not.toHaveProperty(ANNOTATIONS.blockMove);
  const other = { ...claim, generation: 2 };
  await expect(activities.setProviderID({ machine: key, claim: other })).rejects.toMatchObject({
    type: 'ClaimConflict',
  });
});

test('a host is released only for a machine that is being deleted: claim first, finalizer last', async () => {
  const here = await scene();
  const { activities, key, claim, namespace } = here;
  const finalizers = [FINALIZERS.machine];
  await admin.patch(BYO_MACHINES, { namespace, name: 'm' }, { manager: 'test', body: { metadata: { finalizers } } });
  await expect(activities.releaseHost({ machine: key, claim })).rejects.toMatchObject({ type: 'OperationStopped' });
  await admin.delete(BYO_MACHINES, { namespace, name: 'm' });
  await say(here, { operation: 'join' });
  await expect(activities.releaseHost({ machine: key, claim })).rejects.toMatchObject({ type: 'ClaimConflict' });
  await say(here, { operation: 'reset', closed: true });
  await activities.releaseHost({ machine: key, claim });
  expect(await admin.find(BYO_MACHINES, { namespace, name: 'm' })).toBeUndefined();
  expect((await hostOf(here)).spec.claim).toMatchObject({ releasing: true, generation: 1 });
  await activities.releaseHost({ machine: key, claim });
  const view = await activities.observeMachine({ machine: key });
  expect(view).toMatchObject({ notFound: true, deleting: false, claim: { hostName: 'h' } });
});

test('a machine that is merely not found releases nothing', async () => {
  const here = await scene();
  const { activities, key, claim, namespace } = here;
  await admin.delete(BYO_MACHINES, { namespace, name: 'm' });
  await activities.releaseHost({ machine: key, claim });
  expect((await hostOf(here)).spec.claim?.releasing).toBeUndefined();
});

test('no Node is looked for when no control plane stays, and an API that is gone holds nobody', async () => {
  const { activities, key, claim, namespace } = await scene();
  const finalizers = [FINALIZERS.machine];
  await admin.patch(BYO_MACHINES, { namespace, name: 'm' }, { manager: 'test', body: { metadata: { finalizers } } });
  await admin.delete(BYO_MACHINES, { namespace, name: 'm' });
  const skipped = await activities.deleteNode({ machine: key, claim });
  expect(skipped).toEqual({ deleted: false, message: 'skipped: no control plane machine stays' });
  const labels = { 'cluster.x-k8s.io/cluster-name': 'c', 'cluster.x-k8s.io/control-plane': '' };
  const metadata = { namespace, name: 'cp', labels };
  await admin.create(MACHINES, { metadata, spec: { clusterName: 'c' } }, namespace);
  const left = await activities.deleteNode({ machine: key, claim });
  expect(left).toMatchObject({ deleted: false, message: expect.stringContaining('left to Cluster API') });
});
