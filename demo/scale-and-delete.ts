// The road walked back: a worker away and here again, a cluster deleted, until nothing of it is left and its hosts are free.
import type { Instance } from '../lab/index.ts';
import { CLUSTER, manifestFile } from '../harness/cluster.ts';
import { kubectlOf } from '../harness/kubectl.ts';
import { AVAILABLE, describeHost, readHost } from '../harness/machines.ts';
import type { NodeReport } from '../harness/nodes.ts';
import { NotTrue, watchUntil } from '../harness/watch-until.ts';
import { watchUntilReady } from '../harness/watch.ts';

type Say = (line: string) => void;
const IN_NAMESPACE = ['-n', CLUSTER.namespace];

/** Scales the workers to none; back when Machine, ByoMachine and Node are gone and the host is free. */
export async function removeWorker(instance: Instance, worker: NodeReport, say: Say): Promise<void> {
  const kubeconfig = await scaleWorkers(instance, 0);
  const probe = async () =>
    (await whatIsLeft(instance, ['machine', worker.machine])) ??
    (await whatIsLeft(instance, ['byomachine', worker.machine])) ??
    (await whyNotFree(instance, [worker.host])) ??
    (await whatIsLeft(instance, ['node', worker.name], kubeconfig));
  await watchUntil({ instance, what: 'the worker is gone and its host free', minutes: 5, onLine: say, probe });
}

/** Scales the workers to one; back when it is Ready on the same host, under a higher generation of its claim. */
export async function addWorkerAgain(instance: Instance, worker: NodeReport, say: Say): Promise<NodeReport> {
  const before = (await readHost(instance, worker.host)).spec.lastGeneration ?? 0;
  await scaleWorkers(instance, 1);
  const wish = { instance, cluster: CLUSTER.name, count: 2, timeoutMinutes: 10 };
  const { nodes } = await watchUntilReady({ ...wish, onLine: say, onReady: () => {} });
  const again = nodes.find(({ host }) => host === worker.host);
  const { claim } = (await readHost(instance, worker.host)).spec;
  if (!again || again.machine === worker.machine) throw new NotTrue(instance, `no new worker is on ${worker.host}`);
  if ((claim?.generation ?? 0) <= before) {
    throw new NotTrue(
      instance,
      `${worker.host} is claimed under generation ${claim?.generation}, it was ${before} before`,
    );
  }
  return again;
}

/** Deletes a Cluster; back when nothing that belongs to it is left and all hosts are free. */
export async function deleteCluster(instance: Instance, name: string, say: Say): Promise<void> {
  const kubectl = kubectlOf(instance);
  await kubectl.run([...IN_NAMESPACE, 'delete', 'cluster', name, '--wait=false']);
  const hosts = instance.hosts.map((host) => host.name);
  const probe = async () => (await whatIsLeft(instance, OWNED.concat(labelOf(name)))) ?? whyNotFree(instance, hosts);
  await watchUntil({
    instance,
    what: `cluster ${name} is gone and its hosts are free`,
    minutes: 10,
    onLine: say,
    probe,
  });
  // Templates are the user's, as the manifests are: nobody but the user takes them away.
  await kubectl.run([...IN_NAMESPACE, 'delete', '--ignore-not-found', '-f', manifestFile(instance, name)]);
}

const OWNED = [
  'clusters,byoclusters,kubeadmcontrolplanes,machinedeployments,machinesets,machines,byomachines,kubeadmconfigs',
];
const labelOf = (cluster: string): string[] => ['-l', `cluster.x-k8s.io/cluster-name=${cluster}`];

async function scaleWorkers(instance: Instance, replicas: number): Promise<string> {
  const name = `machinedeployment/${CLUSTER.name}-workers`;
  await kubectlOf(instance).run([...IN_NAMESPACE, 'scale', name, `--replicas=${replicas}`]);
  return `${instance.dir}/${CLUSTER.name}.kubeconfig`;
}

/** Names what kubectl still finds; undefined when it finds nothing. An API server that does not answer is a reason too. */
async function whatIsLeft(instance: Instance, args: string[], kubeconfig?: string): Promise<string | undefined> {
  const namespace = kubeconfig === undefined ? IN_NAMESPACE : [];
  const get = ['get', ...args, '--ignore-not-found', '-o', 'name', '--request-timeout=10s'];
  const { exitCode, stdout, stderr } = await kubectlOf(instance, kubeconfig).try([...namespace, ...get]);
  if (exitCode !== 0) return stderr.trim();
  const names = stdout.split('\n').filter(Boolean);
  return names.length > 0 ? `${names.join(', ')} still there` : undefined;
}

async function whyNotFree(instance: Instance, hosts: string[]): Promise<string | undefined> {
  for (const name of hosts) {
    const said = describeHost(await readHost(instance, name));
    if (said !== AVAILABLE) return `${name} is not free: ${said}`;
  }
  return undefined;
}
