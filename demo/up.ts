// The demo, stage by stage: real parts, two machines, the provider, a cluster, and the wait until its nodes are Ready.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ARCHITECTURE } from '../common/platform.ts';
import { buildAgentPackage } from '../packaging/build-agent-package.ts';
import { ensureLabBundle, type LabBundle } from '../lab/bundle.ts';
import { startInstance, type HostHandle, type Instance } from '../lab/index.ts';
import { ensureParts } from '../lab/parts/index.ts';
import { applyCluster, CLUSTER } from '../harness/cluster.ts';
import { enrollHost, waitForHosts } from '../harness/hosts.ts';
import { startProvider } from '../harness/provider.ts';
import { readHostKernel, type HostKernel } from '../harness/host-kernel.ts';
import type { Stages } from './stages.ts';
import type { NodeReport } from '../harness/nodes.ts';
import { watchUntilReady } from '../harness/watch.ts';

export type DemoResult = {
  instance: Instance;
  bundle: LabBundle;
  /** Agents and cluster were there before: this call only looked. */
  wasRunning: boolean;
  kubeconfig: string;
  nodes: NodeReport[];
  hosts: HostKernel[];
  ready: Record<string, number>;
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const ROLES = ['control-plane', 'worker'] as const;

type DemoOptions = {
  instance: string;
  /** What the hosts are; containers unless it is said. */
  kind?: HostHandle['kind'] | undefined;
  stages: Stages;
  say: (line: string) => void;
  /** Called when every machine has its agent and no cluster is asked for yet. */
  onHosts?: (instance: Instance) => Promise<void>;
};

/** Brings everything up; a second call finds what runs and goes on from there. */
export async function runDemo(o: DemoOptions): Promise<DemoResult> {
  const { stages, say } = o;
  const onProgress = (line: string): void => say(`  ${line}`);
  const bundle = await stages.run('parts', 'real parts, built once and cached', async () =>
    ensureLabBundle(await ensureParts({ onProgress }), onProgress),
  );
  const packageFile = await stages.run('agent', 'the agent’s package', () =>
    buildAgentPackage({ root, architecture: ARCHITECTURE }),
  );
  const instance = await stages.run('lab', 'management plane, Temporal and two machines', () =>
    startInstance({ name: o.instance, hosts: ROLES.length, kind: o.kind, bundleDir: bundle.dir, onProgress }),
  );
  await stages.run('provider', 'kinds, rights, controller and gateway', () =>
    startProvider(instance, { bundleDir: bundle.dir }),
  );
  const agents = await stages.run('hosts', 'an agent on each machine', () => enrollHosts(instance, packageFile));
  await o.onHosts?.(instance);
  const wish = { name: CLUSTER.name, endpoint: controlPlaneHost(instance).address, workers: 1 };
  const cluster = await stages.run('apply', 'kubectl apply of the cluster', () => applyCluster(instance, bundle, wish));
  const watched = await stages.run('ready', 'from kubectl apply to Ready nodes', () => watchNodes(instance, say));
  const wasRunning = cluster === 'unchanged' && agents.every((agent) => agent === 'running');
  const hosts = await Promise.all(instance.hosts.map(readHostKernel));
  return { instance, bundle, wasRunning, hosts, ...watched };
}

/** The host whose address is the endpoint of the clusters that are made here. */
export function controlPlaneHost({ hosts: [first] }: Instance): HostHandle {
  if (!first) throw new Error('the lab has no hosts');
  return first;
}

async function enrollHosts(instance: Instance, packageFile: string): Promise<('installed' | 'running')[]> {
  const agents = await Promise.all(
    instance.hosts.map((host, at) =>
      enrollHost({ instance, host, packageFile, labels: { 'byo.example.com/role': ROLES[at] ?? 'worker' } }),
    ),
  );
  await waitForHosts(
    instance,
    instance.hosts.map(({ name }) => name),
  );
  return agents;
}

async function watchNodes(
  instance: Instance,
  say: (line: string) => void,
): Promise<{ kubeconfig: string; nodes: NodeReport[]; ready: Record<string, number> }> {
  const started = performance.now();
  const ready: Record<string, number> = {};
  const onLine = (line: string): void => say(line);
  const onReady = (machine: string): void => {
    ready[machine] = Math.round((performance.now() - started) / 100) / 10;
  };
  // A system call of a machine costs some fifty times more than one of a container.
  const timeoutMinutes = instance.hosts.some(({ kind }) => kind === 'machine') ? 45 : 15;
  const wish = { instance, cluster: CLUSTER.name, count: ROLES.length, timeoutMinutes };
  return { ...(await watchUntilReady({ ...wish, onLine, onReady })), ready };
}
