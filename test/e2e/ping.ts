// A real ping between two pods on two nodes, sent from inside the network namespace of the first.
import { z } from 'zod';
import { expect } from 'vitest';
import type { Instance } from '../../lab/index.ts';
import { workload } from './cluster-view.ts';

const IMAGE = 'registry.k8s.io/pause:3.10.2';

const RunningPod = z.object({
  spec: z.object({ nodeName: z.string() }),
  status: z.object({
    podIP: z.ipv4(),
    containerStatuses: z.array(z.object({ containerID: z.string() })).min(1),
  }),
});
type RunningPod = z.infer<typeof RunningPod>;

/** Starts a pod on each node and pings from the first to the second; gives what ping printed. */
export async function pingBetweenNodes(instance: Instance): Promise<string> {
  const names = (await workload(instance, ['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}'])).split(' ');
  expect(names).toHaveLength(2);
  for (const name of names) await workload(instance, ['apply', '-f', '-'], podOn(name));
  await workload(instance, [
    'wait',
    '--for=condition=Ready',
    '--timeout=120s',
    ...names.map((name) => `pod/ping-${name}`),
  ]);
  const [from, to] = await Promise.all(names.map((name) => readPod(instance, name)));
  if (!from || !to) throw new Error('two pods were expected');
  expect(from.spec.nodeName).not.toBe(to.spec.nodeName);
  return ping(instance, from, to.status.podIP);
}

function podOn(node: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `ping-${node}` },
    spec: {
      nodeName: node,
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'pause', image: IMAGE, imagePullPolicy: 'Never' }],
    },
  });
}

async function readPod(instance: Instance, node: string): Promise<RunningPod> {
  return RunningPod.parse(JSON.parse(await workload(instance, ['get', 'pod', `ping-${node}`, '-o', 'json'])));
}

/** The images hold one binary each, so ping is the host's own, run in the namespace of the pod. */
async function ping(instance: Instance, from: RunningPod, address: string): Promise<string> {
  const host = instance.hosts.find(({ hostname }) => hostname === from.spec.nodeName);
  if (!host) throw new Error(`no host of the lab is node ${from.spec.nodeName}`);
  const container = from.status.containerStatuses[0]?.containerID.replace('containerd://', '') ?? '';
  const tasks = await host.exec(['ctr', '-n', 'k8s.io', 'tasks', 'ls']);
  const pid = new RegExp(`^${container}\\s+(\\d+)`, 'm').exec(tasks.stdout)?.[1];
  if (!pid) throw new Error(`container ${container} has no task on ${host.name}`);
  return (await host.exec(['nsenter', '-t', pid, '-n', 'ping', '-c', '3', '-W', '5', address])).stdout;
}
