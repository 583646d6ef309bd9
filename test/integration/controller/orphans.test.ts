// A claim whose machine is gone, by each of the ways in which that comes about: it ends in a free host or a debt, or says by
// which command it ends.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { ANNOTATIONS, FIELD_MANAGERS, FINALIZERS } from '../../../api/names.ts';
import { findCondition } from '../../../common/kube/conditions.ts';
import { createLogger } from '../../../common/log.ts';
import { BYO_HOSTS, BYO_MACHINES, MACHINES } from '../../../common/kube/resources.ts';
import { forceRelease } from '../../../controller/machine/force-release.ts';
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
import { runController } from './running.ts';

beforeAll(prepareServer);

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const hostOf = (namespace: string, name = 'h') => admin.get(BYO_HOSTS, { namespace, name });

/** Machine `m`, being deleted, and hosts that carry its claim. */
async function prepare(names: string[]) {
  const namespace = await newNamespace();
  await createCluster(namespace);
  const { metadata } = await createMachine(namespace, 'm');
  const incarnation = metadata.uid;
  const annotations = { [ANNOTATIONS.incarnation]: incarnation };
  const body = { metadata: { finalizers: [FINALIZERS.machine], annotations } };
  await admin.patch(BYO_MACHINES, { namespace, name: 'm' }, { manager: 'test', body });
  const claim = { namespace, name: 'm', incarnation, generation: 3 };
  const hold = async (name: string) => {
    const spec = { claim, lastGeneration: 3 };
    await admin.patch(BYO_HOSTS, { namespace, name }, { manager: 'test', body: { spec } });
  };
  for (const name of names) await createHost(namespace, name);
  return { namespace, incarnation, claim, hold };
}

/** The ByoMachine by hand, whoever holds it; then its Machine. */
async function takeAway(namespace: string): Promise<void> {
  const key = { namespace, name: 'm' };
  await admin.delete(BYO_MACHINES, key);
  const left = await admin.find(BYO_MACHINES, key);
  if (left) await admin.patch(BYO_MACHINES, key, { manager: 'test', body: { metadata: { finalizers: [] } } });
  await admin.delete(MACHINES, key);
}

const hear = (namespace: string, incarnation: string) => {
  const openClaim = { incarnation, generation: 3 };
  const reported = reportedHost({ hostname: 'h', generation: 3, openClaim });
  return setStatus(BYO_HOSTS, { namespace, name: 'h' }, { reported }, FIELD_MANAGERS.agent);
};

test('force turns every claim of the machine into a debt, also those that no cache has heard of', async () => {
  const { namespace, claim, hold } = await prepare(['h', 'i']);
  await hold('h');
  await hold('i');
  const machine = await admin.get(BYO_MACHINES, { namespace, name: 'm' });
  await forceRelease({ kube: ours(), log: createLogger('test', 'silent') }, machine);
  for (const name of ['h', 'i']) {
    const { spec } = await hostOf(namespace, name);
    expect([spec.claim, spec.cleanupOwed]).toEqual([undefined, claim]);
  }
  expect((await admin.get(BYO_MACHINES, { namespace, name: 'm' })).metadata.finalizers).toEqual([]);
});

test('a claim that is written after its machine has gone is given back by itself', async () => {
  const { namespace, hold } = await prepare(['h']);
  await using _ = await runController(namespace);
  await takeAway(namespace);
  await hold('h');
  await until(async () => expect((await hostOf(namespace)).spec.claim).toBeUndefined());
  expect((await hostOf(namespace)).spec.cleanupOwed).toBeUndefined();
});

test('a finalizer taken by hand: the host that works for the claim says so, and one command ends it', async () => {
  const { namespace, incarnation, claim, hold } = await prepare(['h']);
  await hold('h');
  await hear(namespace, incarnation);
  await using running = await runController(namespace);
  const said = async () => findCondition((await hostOf(namespace)).status?.conditions, 'Available');
  await until(async () => expect((await said())?.reason).toBe('Claimed'));
  await takeAway(namespace);
  await until(async () => expect((await said())?.reason).toBe('ClaimOrphaned'));
  expect((await said())?.message).toContain(`byo host clean-up h -n ${namespace}`);
  expect((await hostOf(namespace)).spec.claim).toEqual(claim);
  const kubeconfig = ['--kubeconfig', process.env.BYO_TEST_KUBECONFIG ?? ''];
  await execa(process.execPath, [join(root, 'cli/main.ts'), 'host', 'clean-up', 'h', '-n', namespace, ...kubeconfig]);
  const { spec } = await hostOf(namespace);
  expect([spec.claim, spec.cleanupOwed]).toEqual([undefined, claim]);
  await until(async () => expect(running.cleanups).toContain('h'));
});

test('a machine that comes back, as from a restore, finds its claim as it was', async () => {
  const { namespace, incarnation, claim, hold } = await prepare(['h']);
  await hold('h');
  await hear(namespace, incarnation);
  await takeAway(namespace);
  await using _ = await runController(namespace);
  const said = async () => findCondition((await hostOf(namespace)).status?.conditions, 'Available');
  await until(async () => expect((await said())?.reason).toBe('ClaimOrphaned'));
  const again = await createMachine(namespace, 'm');
  const body = { metadata: { annotations: { [ANNOTATIONS.incarnation]: incarnation } } };
  await admin.patch(BYO_MACHINES, { namespace, name: again.metadata.name }, { manager: 'test', body });
  await until(async () => expect((await said())?.reason).toBe('Claimed'));
  expect((await hostOf(namespace)).spec.claim).toEqual(claim);
});
