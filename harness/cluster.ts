// The cluster of the demo: the manifests that a user would write, rendered by Cluster API's own tools, and its network.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabBundle } from '../lab/bundle.ts';
import type { Instance } from '../lab/index.ts';
import { runChecked } from '../lab/spawn.ts';
import { kubectlOf } from './kubectl.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Namespace and name of the demo's cluster. */
export const CLUSTER = { namespace: 'default', name: 'demo' };

/** A cluster to make: one control plane at `endpoint`, the address of its host, and so many workers. */
export type ClusterWish = { name: string; endpoint: string; workers: number };

/** Renders the template of the lab's hosts with clusterctl and applies it. */
export async function applyCluster(
  instance: Instance,
  bundle: LabBundle,
  wish: ClusterWish,
): Promise<'applied' | 'unchanged'> {
  const manifest = await renderCluster(instance, bundle, wish);
  await writeFile(manifestFile(instance, wish.name), manifest, { mode: 0o600 });
  const said = await kubectlOf(instance).run(['apply', '-f', '-'], manifest);
  return said.split('\n').every((line) => line.endsWith(' unchanged')) ? 'unchanged' : 'applied';
}

/** The manifests of that template with their variables filled in, as YAML documents. */
export async function renderCluster(instance: Instance, bundle: LabBundle, wish: ClusterWish): Promise<string> {
  const kubectl = instance.parts.binary('kubectl');
  const template = await runChecked([kubectl, 'kustomize', join(root, flavorOf(instance))]);
  return runChecked([instance.parts.binary('clusterctl'), 'generate', 'yaml', '--from', '-'], {
    input: template,
    env: {
      CLUSTER_NAME: wish.name,
      NAMESPACE: CLUSTER.namespace,
      KUBERNETES_VERSION: bundle.version,
      WORKER_MACHINE_COUNT: String(wish.workers),
      CONTROL_PLANE_ENDPOINT_IP: wish.endpoint,
      BUNDLE_REPO: 'file:///opt/byo-bundles',
      BUNDLE_DIGEST: bundle.digest,
    },
  });
}

/** Machines need nothing of what containers need. */
const flavorOf = ({ hosts }: Instance): string =>
  hosts.some(({ kind }) => kind === 'machine') ? 'templates/lab-machines' : 'templates/lab';

/** The rendered manifests of a cluster that was applied. */
export function manifestFile(instance: Instance, name: string): string {
  return join(instance.dir, name === CLUSTER.name ? 'cluster.yaml' : `${name}.yaml`);
}

/** Writes the kubeconfig of the new cluster once Cluster API has made it; undefined until then. */
export async function writeWorkloadKubeconfig(instance: Instance, name: string): Promise<string | undefined> {
  const path = join(instance.dir, `${name}.kubeconfig`);
  const args = ['-n', CLUSTER.namespace, 'get', 'secret', `${name}-kubeconfig`, '-o', 'jsonpath={.data.value}'];
  const { stdout, exitCode } = await kubectlOf(instance).try(args);
  if (exitCode !== 0 || stdout === '') return undefined;
  await writeFile(path, Buffer.from(stdout, 'base64'), { mode: 0o600 });
  return path;
}

/** Applies the lab's pod network; false while the API server of the new cluster does not answer yet. */
export async function applyNetwork(instance: Instance, kubeconfig: string): Promise<boolean> {
  const manifest = await readFile(join(root, 'lab/manifests/routes.yaml'), 'utf8');
  const args = ['apply', '--request-timeout=10s', '-f', '-'];
  const { exitCode } = await kubectlOf(instance, kubeconfig).try(args, manifest);
  return exitCode === 0;
}
