// The workload cluster as the kubelet's own credential may use it: cordon its Node, list and evict the pods on it.
import type { StepContext } from '../../runner/step.ts';
import { KUBELET_KUBECONFIG } from '../../linux/paths.ts';

/** Its cache would stay in root's home: on tmpfs it is gone with the boot. */
const CACHE = '--cache-dir=/run/byo-agent/kubectl-cache';
const KUBECTL = ['kubectl', '--kubeconfig', KUBELET_KUBECONFIG, '--request-timeout=10s', CACHE];
/** Asked for like this, 250 pods stay far below what a command's output is cut to. */
const POD_LINES =
  'jsonpath={range .items[*]}{.metadata.namespace}{"\\t"}{.metadata.name}{"\\t"}{.metadata.ownerReferences[0].kind}{"\\t"}{.status.phase}{"\\n"}{end}';

/** `ownerKind` is empty for a bare pod, Node for a static one. */
export type PodOnNode = { namespace: string; name: string; ownerKind: string; phase: string };

/** The host never joined, or was reset: there is nothing to drain. */
export async function isJoined({ host }: StepContext): Promise<boolean> {
  return (await host.stat(KUBELET_KUBECONFIG)) !== undefined;
}

/** Name of this host's Node, by the credential itself: kubeadm may have been told another than the hostname. */
export async function readNodeName({ host }: StepContext): Promise<string | undefined> {
  const { exitCode, stdout } = await host.run([
    ...KUBECTL,
    'auth',
    'whoami',
    '-o=jsonpath={.status.userInfo.username}',
  ]);
  const user = stdout.trim();
  return exitCode === 0 && user.startsWith('system:node:') ? user.slice('system:node:'.length) : undefined;
}

export async function isCordoned({ host }: StepContext, node: string): Promise<boolean> {
  const { exitCode, stdout } = await host.run([...KUBECTL, 'get', 'node', node, '-o=jsonpath={.spec.unschedulable}']);
  return exitCode === 0 && stdout.trim() === 'true';
}

export async function cordonNode({ host }: StepContext, node: string): Promise<boolean> {
  return (await host.run([...KUBECTL, 'cordon', node])).exitCode === 0;
}

/** Pods that an eviction can move; undefined when the API does not answer. */
export async function listEvictablePods({ host }: StepContext, node: string): Promise<PodOnNode[] | undefined> {
  const selector = `--field-selector=spec.nodeName=${node}`;
  const { exitCode, stdout } = await host.run([
    ...KUBECTL,
    'get',
    'pods',
    '--all-namespaces',
    selector,
    '-o',
    POD_LINES,
  ]);
  return exitCode === 0 ? decideEvictablePods(stdout) : undefined;
}

/** A node may not read DaemonSets, so their pods, and static ones, are known by their owner's kind; pure. */
export function decideEvictablePods(lines: string): PodOnNode[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
    .map(([namespace = '', name = '', ownerKind = '', phase = '']) => ({ namespace, name, ownerKind, phase }))
    .filter((pod) => !['DaemonSet', 'Node'].includes(pod.ownerKind) && !['Succeeded', 'Failed'].includes(pod.phase));
}

/** Asks for an eviction; false when it is refused now, as a disruption budget does. */
export async function evictPod({ host }: StepContext, { namespace, name }: PodOnNode): Promise<boolean> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/eviction`;
  const input = Buffer.from(JSON.stringify(eviction));
  return (await host.run([...KUBECTL, 'create', '--raw', path, '-f', '-'], { input })).exitCode === 0;
}
