// ByoMachines under a running controller: adoption, status without Temporal, pause, deletion, force.
import { beforeAll, expect, test } from 'vitest';
import { ANNOTATIONS, FINALIZERS, providerIdOf } from '../../../api/names.ts';
import { BYO_HOSTS, BYO_MACHINES, CLUSTERS, pathOf } from '../../../common/kube/resources.ts';
import { findCondition } from '../../../common/kube/conditions.ts';
import { until } from '../../support/until.ts';
import {
  admin,
  createCluster,
  createHost,
  createMachine,
  newNamespace,
  prepareServer,
  setStatus,
  versionsOf,
} from './fixtures.ts';
import { runController } from './running.ts';

beforeAll(prepareServer);

const machineOf = (namespace: string, name = 'm') => admin.get(BYO_MACHINES, { namespace, name });
const conditionsOf = async (namespace: string) => (await machineOf(namespace)).status?.conditions;
const patch = (namespace: string, body: Record<string, unknown>) =>
  admin.patch(BYO_MACHINES, { namespace, name: 'm' }, { manager: 'test', body });

/** Claims a host for the machine, as the workflow does. */
async function claim(namespace: string, uid: string): Promise<string> {
  const body = { spec: { claim: { namespace, name: 'm', incarnation: uid, generation: 1 }, lastGeneration: 1 } };
  const host = await admin.patch(BYO_HOSTS, { namespace, name: 'h' }, { manager: 'test', body });
  return providerIdOf(host.spec.hostID, 1);
}

/** A machine with a claimed host and its providerID, all reconciled. */
async function prepared(namespace: string): Promise<string> {
  await createCluster(namespace);
  await createHost(namespace, 'h');
  const { metadata } = await createMachine(namespace, 'm');
  await until(async () => expect((await machineOf(namespace)).metadata.finalizers).toContain(FINALIZERS.machine));
  const providerID = await claim(namespace, metadata.uid);
  await patch(namespace, { spec: { providerID } });
  await until(async () => expect((await machineOf(namespace)).status?.initialization?.provisioned).toBe(true));
  await until(async () => expect((await machineOf(namespace)).status?.hostRef?.name).toBe('h'));
  await until(async () => expect(findCondition(await conditionsOf(namespace), 'Connected')?.status).toBe('True'));
  return metadata.uid;
}

/** Takes the whole status away, as `clusterctl move` leaves it. */
async function dropStatus(namespace: string): Promise<void> {
  const path = `${pathOf(BYO_MACHINES, { namespace, name: 'm' })}/status`;
  const contentType = 'application/merge-patch+json';
  await admin.transport.request({ method: 'PATCH', path, body: { status: null }, contentType });
}

test('a machine is adopted, its first UID kept, and its workflow told', async () => {
  const namespace = await newNamespace();
  await createCluster(namespace);
  await using running = await runController(namespace);
  const { metadata } = await createMachine(namespace, 'm');
  await until(async () => expect(running.told).toContainEqual({ name: 'm', how: 'SignalWithStart' }));
  const adopted = await machineOf(namespace);
  expect(adopted.metadata.annotations[ANNOTATIONS.incarnation]).toBe(metadata.uid);
  expect(adopted.metadata.finalizers).toContain(FINALIZERS.machine);
});

test('a machine without its owner is left as it is', async () => {
  const namespace = await newNamespace();
  await admin.create(BYO_MACHINES, { metadata: { namespace, name: 'm' }, spec: {} }, namespace);
  const before = await versionsOf(admin, namespace);
  await using running = await runController(namespace);
  await until(async () => expect(await running.reconciles('machine')).toBeGreaterThan(0));
  expect(await versionsOf(admin, namespace)).toEqual(before);
  expect(running.told).toEqual([]);
});

test('provisioned, Ready and addresses follow the providerID, with Temporal down', async () => {
  const namespace = await newNamespace();
  await using running = await runController(namespace);
  running.down.error = new Error('Temporal is down');
  await prepared(namespace);
  const { status } = await machineOf(namespace);
  expect(status?.addresses).toEqual([
    { type: 'Hostname', address: 'h' },
    { type: 'InternalIP', address: '192.0.2.11' },
  ]);
  await until(async () => expect(findCondition(await conditionsOf(namespace), 'Ready')?.status).toBe('True'));
  delete running.down.error;
  // It would be told by the queue's back-off as well; news are not made to wait for that.
  await patch(namespace, { metadata: { labels: { touched: 'yes' } } });
  await until(async () => expect(running.told).toContainEqual({ name: 'm', how: 'SignalWithStart' }));
});

test('a status that a move has dropped is restored at once', async () => {
  const namespace = await newNamespace();
  await using running = await runController(namespace);
  running.down.error = new Error('Temporal is down');
  await prepared(namespace);
  await dropStatus(namespace);
  await until(async () => expect((await machineOf(namespace)).status?.initialization?.provisioned).toBe(true));
});

test('reconciling what is unchanged writes nothing and tells nobody', async () => {
  const namespace = await newNamespace();
  {
    await using running = await runController(namespace);
    await prepared(namespace);
    await until(async () => expect(running.told.length).toBeGreaterThan(0));
    const bootstrapped = { type: 'BootstrapSucceeded', status: 'True', reason: 'R', message: '' };
    const conditions = [{ ...bootstrapped, lastTransitionTime: '2026-01-01T00:00:00Z' }];
    await setStatus(BYO_MACHINES, { namespace, name: 'm' }, { conditions }, 'byo-workflow');
  }
  // Another controller finds everything as it should be: each object is reconciled, none is written.
  const before = await versionsOf(admin, namespace);
  await using again = await runController(namespace);
  await until(async () => expect(again.told).toHaveLength(1));
  await until(async () => expect(await again.reconciles('host')).toBeGreaterThan(0));
  expect(await versionsOf(admin, namespace)).toEqual(before);
  expect(again.told).toHaveLength(1);
});

test('a paused machine is told so, says so, and is not touched otherwise, also while it is deleted', async () => {
  const namespace = await newNamespace();
  await using running = await runController(namespace);
  const uid = await prepared(namespace);
  await admin.patch(CLUSTERS, { namespace, name: 'c' }, { manager: 'test', body: { spec: { paused: true } } });
  await until(async () => expect(findCondition(await conditionsOf(namespace), 'Paused')?.status).toBe('True'));
  const ready = findCondition(await conditionsOf(namespace), 'Ready');
  await until(async () => expect(running.told.at(-1)).toEqual({ name: 'm', how: 'Signal' }));
  await admin.delete(BYO_MACHINES, { namespace, name: 'm' }, { uid });
  await patch(namespace, { metadata: { annotations: { [ANNOTATIONS.forceRelease]: 'now' } } });
  const seen = await running.reconciles('machine');
  await until(async () => expect(await running.reconciles('machine')).toBeGreaterThan(seen));
  expect((await machineOf(namespace)).metadata.finalizers).toContain(FINALIZERS.machine);
  expect(findCondition(await conditionsOf(namespace), 'Ready')).toEqual(ready);
  await admin.patch(CLUSTERS, { namespace, name: 'c' }, { manager: 'test', body: { spec: { paused: null } } });
  await until(async () => expect(await admin.find(BYO_MACHINES, { namespace, name: 'm' })).toBeUndefined());
});

test('force frees the machine without Temporal; its host owes a clean-up and is quarantined', async () => {
  const namespace = await newNamespace();
  await using running = await runController(namespace);
  running.down.error = new Error('Temporal is down');
  const uid = await prepared(namespace);
  await admin.delete(BYO_MACHINES, { namespace, name: 'm' });
  await until(async () => expect(findCondition(await conditionsOf(namespace), 'Ready')?.reason).toBe('Deleting'));
  await patch(namespace, { metadata: { annotations: { [ANNOTATIONS.forceRelease]: 'somebody asked' } } });
  await until(async () => expect(await admin.find(BYO_MACHINES, { namespace, name: 'm' })).toBeUndefined());
  const host = await admin.get(BYO_HOSTS, { namespace, name: 'h' });
  expect(host.spec).toMatchObject({ cleanupOwed: { incarnation: uid, generation: 1 }, lastGeneration: 1 });
  expect(host.spec.claim).toBeUndefined();
  await until(async () => {
    const { status } = await admin.get(BYO_HOSTS, { namespace, name: 'h' });
    expect(findCondition(status?.conditions, 'Quarantined')).toMatchObject({ status: 'True', reason: 'NotClean' });
  });
  expect(running.cleanups).toEqual([]);
  delete running.down.error;
  await until(async () => expect(running.cleanups).toEqual(['h']));
});

test('delete-for-move: nothing at all happens', async () => {
  const namespace = await newNamespace();
  await using running = await runController(namespace);
  await prepared(namespace);
  const { metadata } = await machineOf(namespace);
  const dropped = Object.fromEntries(Object.keys(metadata.annotations).map((name) => [name, null]));
  await patch(namespace, { metadata: { annotations: { ...dropped, [ANNOTATIONS.deleteForMove]: '' } } });
  await admin.delete(BYO_MACHINES, { namespace, name: 'm' });
  const before = await versionsOf(admin, namespace);
  const seen = await running.reconciles('machine');
  await patch(namespace, { metadata: { labels: { touched: 'yes' } } });
  await until(async () => expect(await running.reconciles('machine')).toBeGreaterThan(seen));
  const after = await machineOf(namespace);
  expect(after.metadata.finalizers).toContain(FINALIZERS.machine);
  expect((await versionsOf(admin, namespace)).h).toBe(before.h);
  const host = await admin.get(BYO_HOSTS, { namespace, name: 'h' });
  expect(host.spec.claim).toBeDefined();
});
