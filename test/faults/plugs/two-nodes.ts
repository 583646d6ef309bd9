// A cluster of a control plane on one bench and a worker on the other, from its first claim to two hosts that are free.
import { expect } from 'vitest';
import { watchUntilReady } from '../../../harness/watch.ts';
import type { Bench } from './bench.ts';
import { waitForFit, waitForMachineCondition } from './machine.ts';
import {
  applyOneNode,
  countKubeadm,
  deleteOneNode,
  inNamespace,
  requestDeletion,
  say,
  waitUntilFree,
} from './one-node.ts';

export type TwoBenches = { control: Bench; worker: Bench };

/** What an earlier run of the same name left on benches that were kept. */
export async function clearTwoNodes(name: string, { control, worker }: TwoBenches): Promise<void> {
  const left = await inNamespace(control.instance, ['get', 'cluster', name, '--ignore-not-found', '-o', 'name']);
  if (left.trim() !== '') await deleteOneNode(control, name);
  await waitForFit(worker);
}

/** Waits until both nodes are Ready, telling each move; gives them and the kubeconfig of their cluster. */
export function waitForTwoNodes(
  { instance }: Bench,
  cluster: string,
  timeoutMinutes: number,
): ReturnType<typeof watchUntilReady> {
  return watchUntilReady({ instance, cluster, count: 2, timeoutMinutes, onLine: say, onReady: () => {} });
}

const MINUTE = 60_000;

/** Fails unless both nodes become Ready, kubeadm succeeding once each, and both hosts are free again after the deletion. */
export async function liveAsTwoNodes(name: string, { control, worker }: TwoBenches): Promise<void> {
  await applyOneNode(control, { name, worker: worker.host.name });
  await waitForTwoNodes(control, name, 25);
  for (const { host } of [control, worker])
    await waitForMachineCondition(control, name, 'BootstrapSucceeded', 'BootstrapSucceeded', host.name);
  // The journals were still being written to when the nodes became Ready the first time.
  await waitForTwoNodes(control, name, 5);
  for (const bench of [control, worker]) expect(await countKubeadm(bench, name)).toEqual({ began: 1, succeeded: 1 });
  say(`  ${name}: both nodes Ready, kubeadm succeeded once each`);
  await requestDeletion(control, name);
  await waitUntilFree(control, name, 25 * MINUTE);
  await waitForFit(worker);
}
