// Where things stand on a host: the paths that steps, units and the undoing of both must agree on.

export const CONTAINERD_CONFIG = '/etc/containerd/config.toml';
/** Drop-ins of the operator: mirrors, proxies, oddities of the machine. */
export const CONTAINERD_DROP_INS = '/etc/containerd/conf.d';
export const CONTAINERD_UNIT = '/etc/systemd/system/containerd.service';
export const KUBELET_UNIT = '/etc/systemd/system/kubelet.service';
export const KUBELET_DROP_INS = '/etc/systemd/system/kubelet.service.d';
export const KUBEADM_DROP_IN = `${KUBELET_DROP_INS}/10-kubeadm.conf`;
export const SWAP_DROP_IN = `${KUBELET_DROP_INS}/15-byo-swap-off.conf`;
export const PROVIDER_ID_DROP_IN = `${KUBELET_DROP_INS}/20-byo-provider-id.conf`;
export const MODULES_FILE = '/etc/modules-load.d/byo.conf';
export const SYSCTLS_FILE = '/etc/sysctl.d/99-byo.conf';

/** Where Cluster API's kubeadm bootstrap provider puts kubeadm's configuration, join token included. */
export const KUBEADM_RUN_DIRECTORY = '/run/kubeadm';
export const KUBELET_KUBECONFIG = '/etc/kubernetes/kubelet.conf';

/** Folders that nobody but Kubernetes fills on a host of ours: reset empties them, except below foreign mounts. */
export const OWNED_ZONES = [
  '/etc/kubernetes',
  '/var/lib/kubelet',
  '/var/lib/etcd',
  '/var/lib/cni',
  '/etc/cni/net.d',
  '/opt/cni',
  '/run/kubeadm',
  '/run/cluster-api',
  '/run/cni-ipam-state',
  '/run/flannel',
  '/run/calico',
  '/var/lib/calico',
  '/var/log/containers',
  '/var/log/pods',
] as const;
