// What clusterctl finds on the Internet, as folders: Cluster API's own components, and a cert-manager that is its kinds only.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { Parts } from '../../lab/parts/index.ts';

const CONFIG = z.object({ providers: z.array(z.record(z.string(), z.string())) });

/** Folder, type and part of each provider of Cluster API. */
const PROVIDERS = [
  { folder: 'cluster-api', name: 'cluster-api', type: 'CoreProvider', part: 'core', file: 'core-components.yaml' },
  {
    folder: 'bootstrap-kubeadm',
    name: 'kubeadm',
    type: 'BootstrapProvider',
    part: 'bootstrap-kubeadm',
    file: 'bootstrap-components.yaml',
  },
  {
    folder: 'control-plane-kubeadm',
    name: 'kubeadm',
    type: 'ControlPlaneProvider',
    part: 'control-plane-kubeadm',
    file: 'control-plane-components.yaml',
  },
] as const;

/** clusterctl makes one of each, and waits for nothing of them. */
const certManagerKind = (kind: string): object => {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.cert-manager.io` },
    spec: {
      group: 'cert-manager.io',
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
};

/** Adds them to the `clusterctl.yaml` that the page has made. */
export async function addClusterApi(parts: Parts, clone: string): Promise<void> {
  const config = join(clone, 'clusterctl.yaml');
  const { providers } = CONFIG.parse(parse(await readFile(config, 'utf8')));
  const version = `v${parts.versions['cluster-api']}`;
  for (const { folder, name, type, part, file } of PROVIDERS) {
    const at = join(clone, 'repository', folder, version);
    await mkdir(at, { recursive: true });
    await copyFile(parts.components(part), join(at, file));
    await writeFile(join(at, 'metadata.yaml'), stringify(metadataOf(version)));
    providers.push({ name, type, url: `file://${join(at, file)}` });
  }
  const certManager = join(clone, 'repository/cert-manager/v1.19.1');
  await mkdir(certManager, { recursive: true });
  const kinds = ['Issuer', 'Certificate'].map((kind) => stringify(certManagerKind(kind)));
  await writeFile(join(certManager, 'cert-manager.yaml'), kinds.join('---\n'));
  const url = `file://${join(certManager, 'cert-manager.yaml')}`;
  await writeFile(config, stringify({ providers, 'cert-manager': { url, version: 'v1.19.1' } }));
}

function metadataOf(version: string): object {
  const [major, minor] = version.slice(1).split('.').map(Number);
  const head = { apiVersion: 'clusterctl.cluster.x-k8s.io/v1alpha3', kind: 'Metadata' };
  return { ...head, releaseSeries: [{ major, minor, contract: 'v1beta2' }] };
}
