// Deletion at any moment, on host2: the object goes, the host is free again, and at the end a new node joins on it.
import { beforeAll, expect, test } from 'vitest';
import { openBench, type Bench } from './bench.ts';
import { HOLD } from './edit-manifests.ts';
import { machineOf, watchNothingHappen } from './machine.ts';
import { waitForFile, waitForStep } from './moments.ts';
import { applyOneNode, countKubeadm, deleteOneNode, inNamespace, waitForNode } from './one-node.ts';
import { waitForMachineCondition } from './machine.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openBench('host2');
});

test('while it waits for a host', async () => {
  await applyOneNode(bench, { name: 'homeless', role: 'nobody' });
  const { message } = await waitForMachineCondition(bench, 'homeless', 'HostClaimed', 'NoHostFits');
  expect(message).toMatch(/not selected by spec.selector. Add or free a host/);
  await deleteOneNode(bench, 'homeless');
});

test('in the middle of install', async () => {
  await applyOneNode(bench, { name: 'early' });
  await waitForStep(bench, 'install', 'ImportImages');
  await deleteOneNode(bench, 'early');
  expect(await countKubeadm(bench, 'early')).toEqual({ began: 0, succeeded: 0 });
});

test('in the middle of kubeadm', async () => {
  await applyOneNode(bench, { name: 'stopped' });
  await waitForFile(bench, '/etc/kubernetes/manifests/etcd.yaml');
  await deleteOneNode(bench, 'stopped');
  expect(await countKubeadm(bench, 'stopped')).toEqual({ began: 1, succeeded: 0 });
});

test('under pause and for a move nothing happens at all, afterwards the ByoMachine goes', async () => {
  const { instance, host } = bench;
  await host.exec(['touch', HOLD]);
  await applyOneNode(bench, { name: 'paused' });
  await waitForStep(bench, 'join', 'RunBootstrapCommands');
  await inNamespace(instance, ['patch', 'cluster', 'paused', '--type=merge', '-p', '{"spec":{"paused":true}}']);
  await waitForMachineCondition(bench, 'paused', 'Paused', 'Paused');
  const machine = `byomachine/${await machineOf(bench, 'paused')}`;
  await inNamespace(instance, ['delete', machine, '--wait=false']);
  await watchNothingHappen(bench, machine);
  await inNamespace(instance, ['annotate', machine, 'clusterctl.cluster.x-k8s.io/delete-for-move=']);
  await inNamespace(instance, ['patch', 'cluster', 'paused', '--type=merge', '-p', '{"spec":{"paused":false}}']);
  await watchNothingHappen(bench, machine);
  await inNamespace(instance, ['annotate', machine, 'clusterctl.cluster.x-k8s.io/delete-for-move-']);
  await inNamespace(instance, ['wait', '--for=delete', machine, '--timeout=180s']);
  expect(await countKubeadm(bench, 'paused')).toEqual({ began: 1, succeeded: 0 });
  await host.exec(['rm', HOLD]);
  await deleteOneNode(bench, 'paused');
});

test('of a ByoMachine alone, whose node was Ready, after all that was deleted on this host before', async () => {
  await applyOneNode(bench, { name: 'alone' });
  expect((await waitForNode(bench, 'alone')).host).toBe(bench.host.name);
  const machine = `byomachine/${await machineOf(bench, 'alone')}`;
  await inNamespace(bench.instance, ['delete', machine, '--timeout=300s']);
  await deleteOneNode(bench, 'alone');
});
