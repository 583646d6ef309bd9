// The four layers of a bundle and the only paths each of them may put on a host.

export const layerTitles = ['kubernetes', 'containerd', 'runc', 'cni'] as const;
export type LayerTitle = (typeof layerTitles)[number];

/**
 * Paths relative to `/` that a layer may write: exact, or `folder/*` for the files directly in a folder.
 * The same list binds the tool that makes a bundle and the host that unpacks it.
 */
export const layerPaths: Record<LayerTitle, readonly string[]> = {
  kubernetes: ['usr/local/bin/kubeadm', 'usr/local/bin/kubelet', 'usr/local/bin/kubectl'],
  containerd: ['usr/local/bin/containerd', 'usr/local/bin/containerd-shim-runc-v2', 'usr/local/bin/ctr'],
  runc: ['usr/local/sbin/runc', 'usr/local/bin/runc'],
  cni: ['opt/cni/bin/*'],
};

/** True for one of the four titles. */
export function isLayerTitle(title: string | undefined): title is LayerTitle {
  return layerTitles.some((known) => known === title);
}

/** True when a file may stand at this path: equal to a pattern, or directly in the folder of a `folder/*` pattern. */
export function isFileAllowed(path: string, allow: readonly string[]): boolean {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return allow.some((pattern) => pattern === path || (folder !== '' && pattern === `${folder}*`));
}

/** True when this directory leads to an allowed path. */
export function isDirectoryAllowed(path: string, allow: readonly string[]): boolean {
  return allow.some((pattern) => pattern.startsWith(`${path}/`));
}
