// Where host and cluster contradict each other, under a running controller: a claim is written down again, given a new
// generation, or the host stands aside until a person has said what to do.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { FIELD_MANAGERS, providerIdOf } from '../../../api/names.ts';
import type { ByoMachine } from '../../../api/byo-machine.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { findCondition } from '../../../common/kube/conditions.ts';
import { BYO_HOSTS, BYO_MACHINES, CLUSTERS } from '../../../common/kube/resources.ts';
import { reportedHost } from '../../support/builders.ts';
import { until } from '../../support/until.ts';
import {
  admin,
  createCluster,
  createHost,
  createMachine,
  newNamespace,
  ours,
  prepareServer,
  setStatus,
} from './fixtures.ts';
import { beginController, runController } from './running.ts';

beforeAll(prepareServer);

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const hostOf = (namespace: string) => admin.get(BYO_HOSTS, { namespace, name: 'h' });
const conditionOf = async (namespace: string, type: string) =>
  findCondition((await hostOf(namespace)).status?.conditions, type);

/** What the host says of its claims from now on. */
async function report(namespace: string, generation: number, incarnation?: string): Promise<void> {
  const openClaim = incarnation === undefined ? {} : { openClaim: { incarnation, generation } };
  const reported = reportedHost({ hostname: 'h', generation, ...openClaim });
  await setStatus(BYO_HOSTS, { namespace, name: 'h' }, { reported }, FIELD_MANAGERS.agent);
}

async function prepare(): Promise<{ namespace: string; machine: ByoMachine; providerID: string }> {
  const namespace = await newNamespace();
  await createCluster(namespace);
  const { host } = await createHost(namespace, 'h');
  const machine = await createMachine(namespace, 'm');
  return { namespace, machine, providerID: providerIdOf(host.spec.hostID, 3) };
}

const set = (namespace: string, spec: Record<string, unknown>) =>
  admin.patch(BYO_MACHINES, { namespace, name: 'm' }, { manager: 'test', body: { spec } });
const pause = (namespace: string, paused: boolean) =>
  admin.patch(CLUSTERS, { namespace, name: 'c' }, { manager: 'test', body: { spec: { paused } } });

test('a prepared machine gets its lost claim back, not before its pause ends', async () => {
  const { namespace, machine, providerID } = await prepare();
  const { uid } = machine.metadata;
  await set(namespace, { providerID });
  await pause(namespace, true);
  await using running = await runController(namespace);
  await report(namespace, 3, uid);
  await until(async () => expect(await conditionOf(namespace, 'Quarantined')).toMatchObject({ status: 'True' }));
  expect((await hostOf(namespace)).spec.claim).toBeUndefined();
  await pause(namespace, false);
  const claim = { namespace, name: 'm', incarnation: uid, generation: 3 };
  await until(async () => expect((await hostOf(namespace)).spec).toMatchObject({ claim, lastGeneration: 3 }));
  await until(async () => expect(await conditionOf(namespace, 'Quarantined')).toMatchObject({ status: 'False' }));
  await until(async () => expect(running.told).toContainEqual({ name: 'm', how: 'SignalWithStart' }));
});

test('a claim that was never worked on gets a generation that the host has not closed', async () => {
  const { namespace, machine } = await prepare();
  const claim = { namespace, name: 'm', incarnation: machine.metadata.uid, generation: 2 };
  const body = { spec: { claim, lastGeneration: 2 } };
  await admin.patch(BYO_HOSTS, { namespace, name: 'h' }, { manager: 'test', body });
  await using running = await runController(namespace);
  await report(namespace, 4);
  const renewed = { claim: { ...claim, generation: 5 }, lastGeneration: 5 };
  await until(async () => expect((await hostOf(namespace)).spec).toMatchObject(renewed));
  await until(async () => expect(running.told).toContainEqual({ name: 'm', how: 'SignalWithStart' }));
  // A host that says so again, of whatever it is given, is not followed.
  await report(namespace, 5);
  await until(async () =>
    expect(await conditionOf(namespace, 'Quarantined')).toMatchObject({ reason: 'ClaimConflict' }),
  );
  expect((await hostOf(namespace)).spec).toMatchObject(renewed);
});

test('a host that has closed the claim of a prepared machine says so, and its machine is not Ready', async () => {
  const { namespace, machine, providerID } = await prepare();
  const claim = { namespace, name: 'm', incarnation: machine.metadata.uid, generation: 3 };
  const body = { spec: { claim, lastGeneration: 3 } };
  await admin.patch(BYO_HOSTS, { namespace, name: 'h' }, { manager: 'test', body });
  await set(namespace, { providerID });
  await using running = await runController(namespace);
  await report(namespace, 3);
  await until(async () => {
    const { status } = await admin.get(BYO_MACHINES, { namespace, name: 'm' });
    expect(findCondition(status?.conditions, 'Ready')).toMatchObject({ status: 'False', reason: 'ClaimConflict' });
  });
  expect((await conditionOf(namespace, 'Quarantined'))?.message).toContain('has been reset since');
  expect((await hostOf(namespace)).spec.claim).toEqual(claim);
  expect(running.cleanups).toEqual([]);
});

const cleanUp = (namespace: string) =>
  execa(
    process.execPath,
    [
      join(root, 'cli/main.ts'),
      'host',
      'clean-up',
      'h',
      '-n',
      namespace,
      '--kubeconfig',
      process.env.BYO_TEST_KUBECONFIG ?? '',
    ],
    { reject: false },
  );

test('a claim of a machine that nobody knows: nothing happens by itself, and one command orders the reset', async () => {
  const { namespace } = await prepare();
  await using running = await runController(namespace);
  const refused = await cleanUp(namespace);
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('delete its Machine')]);
  await report(namespace, 3, 'uid-nobody');
  await until(async () => {
    const quarantined = await conditionOf(namespace, 'Quarantined');
    expect(quarantined).toMatchObject({ status: 'True', reason: 'ClaimConflict' });
    expect(quarantined?.message).toContain(`byo host clean-up h -n ${namespace}`);
  });
  expect(running.cleanups).toEqual([]);
  expect((await cleanUp(namespace)).exitCode).toBe(0);
  const owed = { namespace, name: 'uid-nobody', incarnation: 'uid-nobody', generation: 3 };
  expect((await hostOf(namespace)).spec).toMatchObject({ cleanupOwed: owed, lastGeneration: 3 });
  await until(async () => expect(running.cleanups).toContain('h'));
});

test('nothing is decided before every kind was listed: what looks absent may only not have been seen yet', async () => {
  const { namespace } = await prepare();
  const real = ours();
  const gate = Promise.withResolvers<void>();
  const seen = new Set<string>();
  const late: Kube = {
    ...real,
    listReadable: async (resource, where) => {
      if (resource.kind === BYO_HOSTS.kind) await gate.promise;
      const listing = await real.listReadable(resource, where);
      seen.add(resource.kind);
      return listing;
    },
  };
  const { running, synced } = beginController(namespace, late);
  await using _ = running;
  await until(async () => expect(seen.size).toBe(7));
  // Kinds that were listed are announced at once, and their watches open: time enough for a hasty reconciler.
  const before = await admin.get(BYO_MACHINES, { namespace, name: 'm' });
  expect([await running.reconciles('machine'), running.told]).toEqual([0, []]);
  expect(before.metadata.finalizers).toEqual([]);
  gate.resolve();
  await synced;
  await until(async () => expect(running.told).toContainEqual({ name: 'm', how: 'SignalWithStart' }));
});
