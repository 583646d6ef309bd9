// The container images kubeadm asks for, each a binary of ours in an image made from nothing, kept as OCI archives.
import { join } from 'node:path';
import type { BuildContext, Part } from './part.ts';
import { ensurePodmanConfiguration, podmanEnvironment } from './podman.ts';
import { runCommand } from './run-command.ts';
import { imageTags, versions } from './versions.ts';

/** An image: its name for containerd, and the binaries in it with their places. */
export type ImageRecipe = {
  name: string;
  version: string;
  reference: string;
  /** Part and binary, and where it is put in the image. */
  files: readonly { part: string; binary: string; path: string }[];
  entrypoint: readonly string[];
  /** Stands on Debian's iptables instead of on nothing. */
  iptables?: boolean;
};

const registry = 'registry.k8s.io';

function kubernetesImage(binary: string, iptables = false): ImageRecipe {
  const version = `v${versions.kubernetes}`;
  const files = [{ part: 'kubernetes', binary, path: `/usr/local/bin/${binary}` }];
  return { name: binary, version, reference: `${registry}/${binary}:${version}`, files, entrypoint: [], iptables };
}

function inBin(part: string, binary: string): ImageRecipe['files'][number] {
  return { part, binary, path: `/usr/local/bin/${binary}` };
}

/** All images of the lab: those of `kubeadm config images list`, and our own. */
export const imageRecipes: readonly ImageRecipe[] = [
  kubernetesImage('kube-apiserver'),
  kubernetesImage('kube-controller-manager'),
  kubernetesImage('kube-scheduler'),
  kubernetesImage('kube-proxy', true),
  {
    name: 'etcd',
    version: imageTags.etcd,
    reference: `${registry}/etcd:${imageTags.etcd}`,
    files: [inBin('etcd', 'etcd'), inBin('etcd', 'etcdctl')],
    entrypoint: [],
  },
  {
    name: 'coredns',
    version: imageTags.coredns,
    reference: `${registry}/coredns/coredns:${imageTags.coredns}`,
    files: [{ part: 'coredns', binary: 'coredns', path: '/coredns' }],
    entrypoint: ['/coredns'],
  },
  {
    name: 'pause',
    version: imageTags.pause,
    reference: `${registry}/pause:${imageTags.pause}`,
    files: [{ part: 'pause', binary: 'pause', path: '/pause' }],
    entrypoint: ['/pause'],
  },
  {
    name: 'routes',
    version: versions.routes,
    reference: `lab.local/routes:${versions.routes}`,
    files: [{ part: 'routes', binary: 'routes', path: '/routes' }],
    entrypoint: ['/routes'],
    iptables: true,
  },
];

/** The archive inside an image part's folder. */
export function imageArchive(folder: string): string {
  return join(folder, 'image.tar');
}

/** One buildah verb per call, so that no shell and no Dockerfile stands between the recipe and the image. */
async function buildImage(recipe: ImageRecipe, context: BuildContext): Promise<void> {
  await ensurePodmanConfiguration(context.cache);
  const environment = podmanEnvironment(context.cache);
  const buildah: Buildah = async (...args) => (await runCommand('buildah', args, { environment })).trim();
  const container = await buildah('from', '--name', `byo-lab-${recipe.name}-${process.pid}`, 'scratch');
  try {
    await fillContainer(recipe, context, { buildah, container });
    // One time stamp for all: the same binaries give the same digests on every machine.
    const image = await buildah('commit', '--quiet', '--timestamp', '0', container);
    await buildah('push', '--quiet', image, `oci-archive:${imageArchive(context.folder)}:${recipe.reference}`);
    await buildah('rmi', image);
  } finally {
    await buildah('rm', container);
  }
}

type Buildah = (...args: string[]) => Promise<string>;

async function fillContainer(
  recipe: ImageRecipe,
  context: BuildContext,
  { buildah, container }: { buildah: Buildah; container: string },
): Promise<void> {
  if (recipe.iptables === true) {
    await buildah('add', '--quiet', container, join(context.need('root-file-system'), 'iptables.tar'), '/');
  }
  for (const { part, binary, path } of recipe.files) {
    await buildah('copy', '--quiet', container, join(context.need(part), 'bin', binary), path);
  }
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  await buildah('config', '--env', path, '--entrypoint', JSON.stringify(recipe.entrypoint), container);
}

/** Name of the part that holds the image `name`. */
export function imagePartName(name: string): string {
  return `image-${name}`;
}

/** One part an image, so that a change of one binary builds one image. */
export const imageParts: readonly Part[] = imageRecipes.map((recipe) => ({
  name: imagePartName(recipe.name),
  version: recipe.version,
  needs: [...new Set(recipe.files.map(({ part }) => part)), ...(recipe.iptables === true ? ['root-file-system'] : [])],
  recipe,
  sources: [],
  expected: 'seconds',
  build: (context) => buildImage(recipe, context),
}));
