// A host that owes a clean-up, on a real API server and under our own rights: ordered to reset, told, and freed.
import { beforeAll, expect, test } from 'vitest';
import { createClusterActivities } from '../../../activities/cluster/index.ts';
import type { HostCleanup } from '../../../api/activities.ts';
import { ANNOTATIONS, FIELD_MANAGERS } from '../../../api/names.ts';
import { findCondition } from '../../../common/kube/conditions.ts';
import { BYO_HOSTS, BYO_MACHINES, MACHINES } from '../../../common/kube/resources.ts';
import { createKeyPair, openOrder, type Sealed } from '../../../common/keys/sealing.ts';
import { reportedHost } from '../../support/builders.ts';
import { until } from '../../support/until.ts';
import {
  admin,
  createHost,
  createMachine,
  makeClaimable,
  newNamespace,
  ours,
  prepareServer,
  setStatus,
} from './fixtures.ts';
import { runController } from './running.ts';

beforeAll(prepareServer);

/** A host `h` that owes the claim of machine `m`, whose ByoMachine is gone and whose Machine is not yet. */
async function scene() {
  const namespace = await newNamespace();
  const { host, keys } = await createHost(namespace, 'h');
  await makeClaimable(namespace, 'h');
  const { metadata } = await createMachine(namespace, 'm');
  await admin.delete(BYO_MACHINES, { namespace, name: 'm' });
  const machine = { management: 'test', namespace, name: 'm', incarnation: metadata.uid };
  const claim = { hostName: 'h', hostID: host.spec.hostID, generation: 3 };
  const cleanup: HostCleanup = { machine, claim };
  const cleanupOwed = { namespace, name: 'm', incarnation: metadata.uid, generation: 3 };
  const patch = (spec: Record<string, unknown>) =>
    admin.patch(BYO_HOSTS, { namespace, name: 'h' }, { manager: 'test', body: { spec } });
  await patch({ cleanupOwed, lastGeneration: 3 });
  const signing = await createKeyPair('signing');
  const activities = createClusterActivities({ kube: ours(), signingKey: signing, management: 'test', patienceMs: 0 });
  const open = (sealed: Sealed) => openOrder(sealed, { host: keys.privateJwk, trusted: [signing.publicJwk] });
  const read = () => admin.get(BYO_HOSTS, { namespace, name: 'h' });
  return { namespace, cleanup, activities, open, patch, read };
}

test('the order names the claim that was forced away, and is a reset or nothing', async () => {
  const { activities, cleanup, open, patch } = await scene();
  const sealed = await activities.sealOrder({ ...cleanup, verb: 'reset', owed: true, attempt: 2 });
  const order = 'order' in sealed ? sealed.order : undefined;
  const { incarnation } = cleanup.machine;
  expect(order).toMatchObject({ operation: 'reset#2', incarnation, generation: 3 });
  expect(await open(order?.sealed ?? '')).toMatchObject({
    verb: 'reset',
    hostID: cleanup.claim.hostID,
    incarnation,
    generation: 3,
    arguments: { skipEtcdMemberRemoval: true },
  });
  const refused = { type: 'ClaimConflict', nonRetryable: true };
  for (const wrong of [{ verb: 'drain' as const }, { verb: 'reset' as const, keepClaim: true }]) {
    await expect(activities.sealOrder({ ...cleanup, owed: true, ...wrong })).rejects.toMatchObject(refused);
  }
  await expect(activities.sealOrder({ ...cleanup, verb: 'reset' })).rejects.toMatchObject(refused);
  const { namespace } = cleanup.machine;
  await patch({ claim: { namespace, name: 'n', incarnation: 'i', generation: 4 }, lastGeneration: 4 });
  await expect(activities.sealOrder({ ...cleanup, verb: 'reset', owed: true })).rejects.toMatchObject(refused);
});

test('how it goes is told once, and the debt goes when the Machine has gone', async () => {
  const { activities, cleanup, namespace, read } = await scene();
  expect((await activities.observeCleanup(cleanup)).freeGate?.reason).toBe('WaitingForMachineDeletion');
  const conditions = [{ type: 'CleanedUp', status: 'False', reason: 'NotClean', message: 'wg0 is left' } as const];
  await activities.reportCleanup({ ...cleanup, conditions });
  const told = await read();
  expect(findCondition(told.status?.conditions, 'CleanedUp')?.reason).toBe('NotClean');
  expect(findCondition(told.status?.conditions, 'Connected')?.status).toBe('True');
  await activities.reportCleanup({ ...cleanup, conditions });
  expect((await read()).metadata.resourceVersion).toBe(told.metadata.resourceVersion);
  await admin.delete(MACHINES, { namespace, name: 'm' });
  expect(await activities.observeCleanup(cleanup)).toEqual({ settled: false, hostConnected: true });
  await expect(activities.settleCleanup(cleanup)).rejects.toMatchObject({ type: 'OperationStopped' });
  const reported = reportedHost({ hostname: 'h', generation: 3 });
  await setStatus(BYO_HOSTS, { namespace, name: 'h' }, { reported }, FIELD_MANAGERS.agent);
  await activities.settleCleanup(cleanup);
  await activities.settleCleanup(cleanup);
  expect((await read()).spec).toMatchObject({ lastGeneration: 3, keys: [{ use: 'sealing' }] });
  expect((await read()).spec.cleanupOwed).toBeUndefined();
  expect((await activities.observeCleanup(cleanup)).settled).toBe(true);
});

test('a debt of another claim is not touched', async () => {
  const { activities, cleanup, patch, read } = await scene();
  await patch({ cleanupOwed: { generation: 4 }, lastGeneration: 4 });
  await activities.settleCleanup(cleanup);
  expect((await read()).spec.cleanupOwed).toMatchObject({ generation: 4 });
});

test('its workflow is told once when the host is there, and once more after a pause', async () => {
  const { namespace } = await scene();
  await using running = await runController(namespace);
  const pause = (value: string | null) => {
    const body = { metadata: { annotations: { [ANNOTATIONS.paused]: value } } };
    return admin.patch(BYO_HOSTS, { namespace, name: 'h' }, { manager: 'test', body });
  };
  await until(async () => expect(running.cleanups).toEqual(['h']));
  const seen = await running.reconciles('host');
  await pause('');
  await until(async () => expect(await running.reconciles('host')).toBeGreaterThan(seen));
  expect(running.cleanups).toEqual(['h']);
  await pause(null);
  await until(async () => expect(running.cleanups).toEqual(['h', 'h']));
});
