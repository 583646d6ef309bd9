// A worker's ByoMachine deleted alone, while pods with a disruption budget run on it: host1 keeps them, host2 is emptied.
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { kubectlOf, type Kubectl } from '../../../harness/kubectl.ts';
import { listOf } from '../../../harness/machines.ts';
import { waitFor } from '../../../lab/wait.ts';
import { openBench, type Bench } from './bench.ts';
import { machineOf, waitForFit, waitForMachineCondition } from './machine.ts';
import { applyOneNode, deleteOneNode, inNamespace, say } from './one-node.ts';
import { waitForTwoNodes } from './two-nodes.ts';

let bench: Bench;
let emptied: Bench;

beforeAll(async () => {
  bench = await openBench('host1');
  emptied = await openBench('host2');
});

const labels = { app: 'steady' };
const preference = (node: string) => ({
  weight: 100,
  preference: { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
});

/** Two pods that prefer a node and may run beside a control plane, one of which must be there at any time. */
const workloadOn = (node: string) => [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'steady' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [preference(node)] } },
          tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }],
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'pause', image: 'registry.k8s.io/pause:3.10.2', imagePullPolicy: 'Never' }],
        },
      },
    },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'steady' },
    spec: { minAvailable: 1, selector: { matchLabels: labels } },
  },
];

const Pod = z.object({
  metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) }),
});

/** Nodes of the pods that are Ready and stay. */
async function readyOn(workload: Kubectl): Promise<string[]> {
  const pods = listOf(Pod).parse(await workload.get(['pods', '-l', 'app=steady'])).items;
  return pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ status }) => status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
    .map(({ spec }) => spec.nodeName ?? '');
}

async function waitForTwoOn(workload: Kubectl, node: string): Promise<void> {
  const probe = async (): Promise<string | undefined> => {
    const nodes = await readyOn(workload);
    return nodes.length === 2 && nodes.every((name) => name === node) ? undefined : nodes.join(', ') || 'none';
  };
  await waitFor(`two Ready pods on ${node}`, probe, { timeoutMs: 120_000, everyMs: 500 });
}

/** Looks on until the machine is drained, and counts the fewest pods that were Ready at any look. */
async function countFewest(workload: Kubectl, drained: Promise<unknown>): Promise<number> {
  const hasEnded = drained.then(() => true);
  let fewest = Infinity;
  do fewest = Math.min(fewest, (await readyOn(workload)).length);
  while (!(await Promise.race([hasEnded, Promise.resolve(false)])));
  return fewest;
}

test('its pods go one by one, as their budget allows, before the host is reset', async () => {
  const { instance, host } = bench;
  await applyOneNode(bench, { name: 'moving', worker: emptied.host.name });
  const { kubeconfig } = await waitForTwoNodes(bench, 'moving', 8);
  const workload = kubectlOf(instance, kubeconfig);
  const items = workloadOn(emptied.host.hostname);
  await workload.run(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await waitForTwoOn(workload, emptied.host.hostname);
  const worker = await machineOf(bench, 'moving', emptied.host.name);
  await waitForMachineCondition(bench, 'moving', 'Ready', 'Provisioned', emptied.host.name);
  const started = performance.now();
  await inNamespace(instance, ['delete', `byomachine/${worker}`, '--wait=false']);
  const drained = waitForMachineCondition(bench, 'moving', 'Drained', 'Drained', emptied.host.name);
  expect(await countFewest(workload, drained)).toBeGreaterThan(0);
  expect(performance.now() - started).toBeLessThan(300_000);
  const { status, message } = await drained;
  say(`  Drained ${status}: ${message}`);
  expect([status, message]).toEqual(['True', expect.stringMatching(/^drain is done: \d+ pods were evicted$/)]);
  await waitForTwoOn(workload, host.hostname);
  await inNamespace(instance, ['wait', '--for=delete', `byomachine/${worker}`, '--timeout=180s']);
  const nodes = await workload.run(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}']);
  expect(nodes).toBe(host.hostname);
  await deleteOneNode(bench, 'moving');
  await waitForFit(emptied);
});
