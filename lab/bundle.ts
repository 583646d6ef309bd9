// The lab's bundle: the parts it built, packed as the product's own tool packs any bundle, cached by their versions.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PLATFORM } from '../common/platform.ts';
import type { LayerTitle } from '../bundle/layers.ts';
import { createBundle, type CreateBundleOptions } from '../bundle/tool/create-bundle.ts';
import type { Parts } from './parts/index.ts';

/** A bundle in a folder: `dir` holds an OCI layout, `digest` names the bundle of `version` in it. */
export type LabBundle = { dir: string; digest: string; version: string };

/** Names of the binaries in each layer. */
const BUNDLED_BINARIES: Record<LayerTitle, string[]> = {
  kubernetes: ['kubeadm', 'kubelet', 'kubectl'],
  containerd: ['containerd', 'containerd-shim-runc-v2', 'ctr'],
  runc: ['runc'],
  cni: ['bridge', 'ptp', 'loopback', 'host-local', 'portmap', 'firewall', 'bandwidth'],
};

/** Packs the bundle unless the cache holds the one of exactly these parts. */
export async function ensureLabBundle(parts: Parts, onProgress: (line: string) => void): Promise<LabBundle> {
  const version = `v${parts.versions.kubernetes ?? ''}`;
  const dir = join(parts.cache, 'bundles', keyOf(parts));
  const record = join(dir, 'digest.txt');
  if (existsSync(record)) return { dir, version, digest: readFileSync(record, 'utf8').trim() };
  const making = `${dir}.${process.pid}`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  const platform = PLATFORM;
  const content = { layers: layersOf(parts), images: parts.images };
  const { digest } = await createBundle({
    output: making,
    kubernetesVersion: version,
    platform,
    ...content,
    onProgress,
  });
  await writeFile(join(making, 'digest.txt'), `${digest}\n`);
  await publish(making, dir);
  return { dir, version, digest };
}

/** Two callers may pack at once: the first to rename wins, and both hold the same bytes. */
async function publish(making: string, dir: string): Promise<void> {
  try {
    await rename(making, dir);
  } catch (error) {
    if (!existsSync(join(dir, 'digest.txt'))) throw error;
    await rm(making, { recursive: true });
  }
}

function layersOf(parts: Parts): CreateBundleOptions['layers'] {
  const layer = (title: LayerTitle) => ({
    version: `${title === 'kubernetes' ? 'v' : ''}${parts.versions[title] ?? ''}`,
    paths: BUNDLED_BINARIES[title].map((name) => parts.binary(name)),
  });
  return { kubernetes: layer('kubernetes'), containerd: layer('containerd'), runc: layer('runc'), cni: layer('cni') };
}

function keyOf(parts: Parts): string {
  const hash = createHash('sha256').update(JSON.stringify([parts.versions, parts.images]));
  return `k8s-${parts.versions.kubernetes ?? ''}-${hash.digest('hex').slice(0, 12)}`;
}
