// Cluster API's component manifests, rendered from the very module the managers are built from.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { goEnvironment, moduleFolder } from './go-build.ts';
import type { BuildContext, Part } from './part.ts';
import { runCommand } from './run-command.ts';
import { versions } from './versions.ts';

/** Provider, as clusterctl names it, to the folder of its kustomization in the module. */
const kustomizations = {
  core: 'core/config/default',
  'bootstrap-kubeadm': 'bootstrap/kubeadm/config/default',
  'control-plane-kubeadm': 'controlplane/kubeadm/config/default',
} as const;

/** Cluster API providers whose manifests are a part. */
export type Provider = keyof typeof kustomizations;

/** File of a provider's manifests inside the part's folder. */
export function componentFile(folder: string, provider: Provider): string {
  return join(folder, `${provider}.yaml`);
}

const downloadedModule = z.object({ Dir: z.string() });

async function buildComponents({ folder, need }: BuildContext): Promise<void> {
  const module = 'sigs.k8s.io/cluster-api';
  const options = { folder: moduleFolder('cluster-api'), environment: { ...goEnvironment } };
  const { Dir } = downloadedModule.parse(
    JSON.parse(await runCommand('go', ['mod', 'download', '-json', module], options)),
  );
  await mkdir(folder, { recursive: true });
  for (const [provider, path] of Object.entries(kustomizations)) {
    const yaml = await runCommand(join(need('kubernetes'), 'bin', 'kubectl'), ['kustomize', join(Dir, path)]);
    await writeFile(join(folder, `${provider}.yaml`), `${yaml}\n`);
  }
}

/**
 * The manifests as upstream publishes them: CustomResourceDefinitions with their contract labels (which exist only in
 * the kustomization), RBAC, webhooks; `${VARIABLE:=default}` is left in place.
 */
export const components: Part = {
  name: 'components',
  version: versions['cluster-api'],
  needs: ['kubernetes'],
  recipe: kustomizations,
  sources: ['go/cluster-api/go.mod'],
  expected: 'seconds',
  build: buildComponents,
};
