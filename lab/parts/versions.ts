// The versions the lab is made of, in one place: a new version is a new cache key, and go.mod must name the same one.

/** Part name to version, without a leading v. Parts of our own carry the version of their source. */
export const versions = {
  kubernetes: '1.36.3',
  etcd: '3.6.16',
  containerd: '2.3.7',
  runc: '1.4.3',
  cni: '1.9.1',
  coredns: '1.14.5',
  'cluster-api': '1.14.2',
  temporal: '1.9.1',
  pause: '0.1.0',
  routes: '0.1.0',
  link: '0.1.0',
  'root-file-system': '12.1',
} as const;

/** Tags that kubeadm of this Kubernetes version asks for (`kubeadm config images list`); our binaries carry them. */
export const imageTags = { coredns: 'v1.14.2', pause: '3.10.2', etcd: '3.6.8-0' } as const;

/** The Debian release a bring-your-own host runs. */
export const debianRelease = 'bookworm';
