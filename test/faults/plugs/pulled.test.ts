// Plugs pulled on host1 while a node is made: whatever dies, the node becomes Ready and kubeadm succeeded once.
import { beforeAll, expect, test } from 'vitest';
import { openBench, type Bench } from './bench.ts';
import { killAgent, killAndRestart, pullPlug, waitForFile, waitForStep } from './moments.ts';
import { HOLD } from './edit-manifests.ts';
import { applyOneNode, countKubeadm, deleteOneNode, requestDeletion, waitForNode, waitUntilFree } from './one-node.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openBench('host1');
});

test('controller killed and Temporal restarted in install; host rebooted in reset', async () => {
  await applyOneNode(bench, { name: 'amnesia' });
  await waitForStep(bench, 'install', 'ImportImages');
  await killAndRestart(bench, 'byo-controller');
  await killAndRestart(bench, 'temporal');
  expect((await waitForNode(bench, 'amnesia')).host).toBe(bench.host.name);
  expect(await countKubeadm(bench, 'amnesia')).toEqual({ began: 1, succeeded: 1 });
  await requestDeletion(bench, 'amnesia');
  await waitForStep(bench, 'reset');
  await pullPlug(bench);
  await waitUntilFree(bench, 'amnesia');
});

test('host loses power in install; agent killed while the kubeadm unit is active', async () => {
  await bench.host.exec(['touch', HOLD]);
  await applyOneNode(bench, { name: 'blackout' });
  await waitForStep(bench, 'install', 'ImportImages');
  await pullPlug(bench);
  await waitForStep(bench, 'join', 'RunBootstrapCommands');
  await killAgent(bench);
  await bench.host.exec(['rm', HOLD]);
  expect((await waitForNode(bench, 'blackout')).host).toBe(bench.host.name);
  expect(await countKubeadm(bench, 'blackout')).toEqual({ began: 1, succeeded: 1 });
  await deleteOneNode(bench, 'blackout');
});

test('host is rebooted, cleanly, in the middle of install', async () => {
  await applyOneNode(bench, { name: 'orderly' });
  await waitForStep(bench, 'install', 'ImportImages');
  await bench.host.reboot();
  expect((await waitForNode(bench, 'orderly')).host).toBe(bench.host.name);
  expect(await countKubeadm(bench, 'orderly')).toEqual({ began: 1, succeeded: 1 });
  await deleteOneNode(bench, 'orderly');
});

test('host loses power in the middle of kubeadm init', async () => {
  await applyOneNode(bench, { name: 'midway' });
  await waitForFile(bench, '/etc/kubernetes/manifests/etcd.yaml');
  await pullPlug(bench);
  expect((await waitForNode(bench, 'midway')).host).toBe(bench.host.name);
  expect(await countKubeadm(bench, 'midway')).toEqual({ began: 2, succeeded: 1 });
  await deleteOneNode(bench, 'midway');
});
