// Pods that hold an address (kube-vip, keepalived): their manifests, their containers, and how they end for good.
import { setTimeout as delay } from 'node:timers/promises';
import { parseYaml } from '../steps/join/cloud-init/parse-yaml.ts';
import type { Host } from '../host/host.ts';
import { readSmallFile } from '../host/read-small-file.ts';
import { mustRun } from '../linux/must-run.ts';
import { HOLDERS, type HolderManifest } from './decide-release.ts';

const MANIFESTS = '/etc/kubernetes/manifests';
const CTR = ['ctr', '--namespace', 'k8s.io'];
/** kube-vip gives its lease and its address back when it is asked to end. */
const GRACE_MILLISECONDS = 5000;
const LOOK_MILLISECONDS = 200;

/** The manifests of static pods, each with the name of its pod where it can be read. */
export async function readManifests(host: Host): Promise<HolderManifest[]> {
  const manifests: HolderManifest[] = [];
  for (const name of await host.list(MANIFESTS)) {
    const path = `${MANIFESTS}/${name}`;
    const text = await readSmallFile(host, path);
    if (text !== undefined) manifests.push({ path, text, ...readPodName(text) });
  }
  return manifests;
}

/** Only a name that Kubernetes would take: it becomes part of a filter. */
function readPodName(text: string): { pod?: string } {
  try {
    const metadata = parseYaml(text).get('metadata');
    const pod = metadata instanceof Map ? metadata.get('name') : undefined;
    return typeof pod === 'string' && /^[a-z0-9][a-z0-9.-]{0,252}$/.test(pod) ? { pod } : {};
  } catch {
    // The kubelet could not read it either: no pod runs by it.
    return {};
  }
}

/** Ids of the containers that run of these pods, and of every pod that is known to hold addresses, static or not. */
export async function listHolders(host: Host, pods: readonly string[]): Promise<string[]> {
  const filters = [
    `labels."io.kubernetes.container.name"~="${HOLDERS.source}"`,
    ...pods.map((pod) => `labels."io.kubernetes.pod.name"~="^${pod.replaceAll('.', '[.]')}-"`),
  ];
  const containers = linesOf((await host.run([...CTR, 'containers', 'list', '--quiet', ...filters])).stdout);
  if (containers.length === 0) return [];
  const running = new Set(linesOf((await host.run([...CTR, 'tasks', 'list', '--quiet'])).stdout));
  return containers.filter((id) => running.has(id));
}

/**
 * The kubelet first, or it would start again what ends here; it is the next to be stopped anyway. The manifests last: as
 * long as one is there, a reset that was cut off finds its containers again.
 */
export async function stopHolders(
  host: Host,
  found: { manifests: HolderManifest[] },
  signal: AbortSignal,
): Promise<void> {
  await mustRun(host, ['systemctl', 'stop', 'kubelet.service']);
  const pods = found.manifests.flatMap(({ pod }) => pod ?? []);
  for (const id of await listHolders(host, pods)) await host.run([...CTR, 'tasks', 'kill', '--signal', 'SIGTERM', id]);
  for (let left = GRACE_MILLISECONDS; left > 0; left -= LOOK_MILLISECONDS) {
    if ((await listHolders(host, pods)).length === 0) break;
    await delay(LOOK_MILLISECONDS, undefined, { signal });
  }
  for (const id of await listHolders(host, pods)) await mustRun(host, [...CTR, 'tasks', 'delete', '--force', id]);
  for (const { path } of found.manifests) await mustRun(host, ['rm', '--force', '--', path]);
}

function linesOf(stdout: string): string[] {
  return stdout.split('\n').filter((line) => line !== '');
}
