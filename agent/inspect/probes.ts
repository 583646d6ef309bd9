// What is looked for on a host before it may be claimed, and how its traces read.

/** Traces of whatever would fight with us over the machine; `name` is what a person calls it. */
export const FOREIGN: { name: string; paths: string[] }[] = [
  { name: 'k3s or RKE2', paths: ['/usr/local/bin/k3s', '/usr/local/bin/rke2', '/etc/rancher', '/var/lib/rancher'] },
  { name: 'k0s', paths: ['/usr/local/bin/k0s', '/var/lib/k0s'] },
  { name: 'MicroK8s', paths: ['/snap/microk8s', '/var/snap/microk8s'] },
  {
    name: 'another kubelet',
    paths: [
      '/usr/bin/kubelet',
      '/usr/local/bin/kubelet',
      '/usr/lib/systemd/system/kubelet.service',
      '/lib/systemd/system/kubelet.service',
      '/etc/systemd/system/kubelet.service',
      '/etc/kubernetes/kubelet.conf',
      '/etc/kubernetes/admin.conf',
      '/var/lib/kubelet/config.yaml',
    ],
  },
  { name: 'Docker', paths: ['/usr/bin/dockerd', '/usr/local/bin/dockerd', '/run/docker.sock'] },
  { name: 'CRI-O', paths: ['/usr/bin/crio', '/usr/local/bin/crio', '/run/crio/crio.sock'] },
  {
    name: 'another containerd',
    paths: [
      '/usr/bin/containerd',
      '/usr/local/bin/containerd',
      '/usr/lib/systemd/system/containerd.service',
      '/lib/systemd/system/containerd.service',
      '/etc/systemd/system/containerd.service',
      '/etc/containerd/config.toml',
      '/run/containerd/containerd.sock',
    ],
  },
];

/** Any file here is another pod network's: the kubelet would use the first by name. */
export const CNI_CONFIG_DIRECTORY = '/etc/cni/net.d';

/** kubeadm's preflight (losetup, mount, cp), the kubelet (umount), pod networks (iptables), and our own reading (ip). */
export const COMMANDS = ['losetup', 'mount', 'umount', 'cp', 'iptables', 'ip', 'sha256sum'] as const;

/** kubelet and API server. */
export const PORTS = [10250, 6443] as const;

const GIB = 1024 ** 3;

/** What one bundle takes, and where; with less, its images and the first logs would fill the disk at once. */
export const SPACES = [
  { path: '/var/lib/byo-agent', what: 'bundles', leastBytes: GIB },
  { path: '/var/lib/containerd', what: 'container images', leastBytes: 2.5 * GIB },
  { path: '/usr/local', what: 'binaries', leastBytes: 0.5 * GIB },
] as const;

/** The path's owner in words. */
export function nameForeign(path: string): string {
  return FOREIGN.find(({ paths }) => paths.includes(path))?.name ?? 'another pod network';
}
