// A machine given up while its host2 was off: the host comes back, is reset under its old claim, and takes a new node.
import { beforeAll, expect, test } from 'vitest';
import { ANNOTATIONS } from '../../../api/names.ts';
import { takeSnapshot } from '../../../harness/host-snapshot.ts';
import { readHost } from '../../../harness/machines.ts';
import { openBench, type Bench } from './bench.ts';
import { listDifferences } from './host-differences.ts';
import { machineOf, waitForHostCondition, waitForMachineCondition } from './machine.ts';
import { applyOneNode, deleteOneNode, inNamespace, requestDeletion, waitForNode, waitUntilFree } from './one-node.ts';
import { BEGAN, ENDED } from './edit-manifests.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openBench('host2');
});

const isReady = async (cluster: string): Promise<string> => (await waitForNode(bench, cluster)).host;

test('forced away while its host has no power; back again, the host is reset, clean and claimable', async () => {
  const { instance, host } = bench;
  await host.exec(['rm', '-f', BEGAN, ENDED]);
  const before = await takeSnapshot(host);
  await applyOneNode(bench, { name: 'forced' });
  expect(await isReady('forced')).toBe(host.name);
  const machine = await machineOf(bench, 'forced');
  await host.kill();
  await requestDeletion(bench, 'forced');
  await waitForMachineCondition(bench, 'forced', 'Ready', 'Deleting');
  await inNamespace(instance, ['annotate', `byomachine/${machine}`, `${ANNOTATIONS.forceRelease}=the host is lost`]);
  await inNamespace(instance, ['wait', '--for=delete', 'cluster/forced', '--timeout=180s']);
  const { spec } = await readHost(instance, host.name);
  expect(spec.cleanupOwed).toMatchObject({ name: machine, generation: spec.lastGeneration });
  const waiting = await waitForHostCondition(bench, 'CleanedUp', 'HostOffline');
  expect(waiting.message).toMatch(/byo-agent.service/);
  await host.start();
  const clean = await waitForHostCondition(bench, 'CleanedUp', 'Clean');
  expect(clean.message).toContain(`default/${machine}`);
  await waitUntilFree(bench, 'forced');
  expect((await readHost(instance, host.name)).spec.cleanupOwed).toBeUndefined();
  await host.exec(['rm', '-f', BEGAN, ENDED]);
  expect(await listDifferences(before, host)).toEqual([]);
});

test('a new node joins on the host that was cleaned up', async () => {
  await applyOneNode(bench, { name: 'afterwards' });
  expect(await isReady('afterwards')).toBe(bench.host.name);
  await deleteOneNode(bench, 'afterwards');
});
