// Clusters of one node for the scenarios: made on one host, with commands of the test around kubeadm, waited for, deleted.
import { writeFile } from 'node:fs/promises';
import { AVAILABLE, describeHost, readHost } from '../../../harness/machines.ts';
import { CLUSTER, manifestFile, renderCluster } from '../../../harness/cluster.ts';
import { kubectlOf } from '../../../harness/kubectl.ts';
import type { NodeReport } from '../../../harness/nodes.ts';
import { watchUntilReady } from '../../../harness/watch.ts';
import { waitFor } from '../../../lab/wait.ts';
import type { Bench } from './bench.ts';
import { waitForMachineCondition } from './machine.ts';
import { BEGAN, editManifests, ENDED, type Wish } from './edit-manifests.ts';

/**
 * Applies a cluster of one node on the bench's host, and of a second one where the wish names a host for a worker. On
 * each host it is counted how often kubeadm began and succeeded.
 */
export async function applyOneNode(bench: Bench, wish: Wish): Promise<void> {
  const { instance, host, bundle } = bench;
  const rendered = await renderCluster(instance, bundle, {
    name: wish.name,
    endpoint: host.address,
    workers: wish.workers ?? (wish.worker ? 1 : 0),
  });
  const edited = editManifests(rendered, { role: host.name, ...wish });
  const hosts = instance.hosts.filter(({ name }) => name === host.name || name === wish.worker);
  for (const one of hosts) await one.exec(['rm', '-f', BEGAN, ENDED]);
  await writeFile(manifestFile(instance, wish.name), edited, { mode: 0o600 });
  await kubectlOf(instance).run(['apply', '-f', '-'], edited);
}

/**
 * Waits until the bootstrap has succeeded and the node is Ready: what a power loss leaves of a kubeadm init may register
 * a node as well, and even make it Ready, before it is reset.
 */
export async function waitForNode(bench: Bench, cluster: string): Promise<NodeReport> {
  const { instance } = bench;
  await waitForMachineCondition(bench, cluster, 'BootstrapSucceeded', 'BootstrapSucceeded');
  const wish = { instance, cluster, count: 1, timeoutMinutes: 6 };
  const { nodes } = await watchUntilReady({ ...wish, onLine: say, onReady: () => {} });
  const [node] = nodes;
  if (!node || nodes.length > 1) throw new Error(`cluster ${cluster} has ${nodes.length} nodes, not one`);
  return node;
}

/** How often the commands of a cluster began on the host, and how often kubeadm succeeded. */
export async function countKubeadm({ host }: Bench, cluster: string): Promise<{ began: number; succeeded: number }> {
  const count = async (file: string): Promise<number> => {
    const { stdout } = await host.exec(['sh', '-c', `grep -cx ${cluster} ${file} || true`]);
    return Number(stdout.trim());
  };
  return { began: await count(BEGAN), succeeded: await count(ENDED) };
}

/** Says that a cluster shall go; its deletion is carried out by Cluster API and by us. */
export async function requestDeletion({ instance }: Bench, cluster: string): Promise<void> {
  await inNamespace(instance, ['delete', 'cluster', cluster, '--wait=false', '--ignore-not-found']);
}

const KINDS = 'clusters,byoclusters,kubeadmcontrolplanes,machines,byomachines,kubeadmconfigs';

/** Waits until nothing of a cluster is left and the host can be claimed again. */
export async function waitUntilFree({ instance, host }: Bench, cluster: string, timeoutMs = 300_000): Promise<void> {
  const label = `cluster.x-k8s.io/cluster-name=${cluster}`;
  const probe = async (): Promise<string | undefined> => {
    const left = await inNamespace(instance, ['get', KINDS, '-l', label, '-o', 'name']);
    if (left.trim() !== '') return `${left.trim().split('\n').join(', ')} still there`;
    const said = describeHost(await readHost(instance, host.name));
    return said === AVAILABLE ? undefined : `${host.name}: ${said}`;
  };
  await waitFor(`${cluster} gone, ${host.name} free`, probe, { timeoutMs, everyMs: 500 });
  await inNamespace(instance, ['delete', '--ignore-not-found', '-f', manifestFile(instance, cluster)]);
}

/** Deletes a cluster; back when nothing of it is left and its host is free. */
export async function deleteOneNode(bench: Bench, cluster: string): Promise<void> {
  await requestDeletion(bench, cluster);
  await waitUntilFree(bench, cluster);
}

/** kubectl in the namespace of the clusters. */
export async function inNamespace(instance: Bench['instance'], args: string[]): Promise<string> {
  return kubectlOf(instance).run(['-n', CLUSTER.namespace, ...args]);
}

export const say = (line: string): void => void process.stdout.write(`${line}\n`);
