// What kubelet, kube-proxy and pod networks leave behind: these a reset takes away, everything else is somebody's.

/**
 * Pod networks name their links so: CNI bridge and ptp, flannel, Calico, Cilium, kube-router, kube-proxy's IPVS mode,
 * node-local DNS, Antrea. The veth of the CNI project has eight hex digits; others' (podman: veth0, Docker: seven) are not.
 */
export const KNOWN_LINK =
  /^(cni\d+|veth[0-9a-f]{8}|flannel[.-].+|cali[0-9a-f]{11}|vxlan(-v6)?\.calico|wireguard\.cali|kube-(ipvs0|bridge|dummy-if)|cilium_\w+|lxc([0-9a-f]{12}|_health)|nodelocaldns|antrea-\w+)$/;

/** Route protocols of pod networks: 80 is Calico's Felix, 117 the plain route-per-node kind. */
export const KNOWN_ROUTE = / proto (80|117)( |$)/;

/** Chains of kubelet, kube-proxy, CNI plugins and pod networks begin so; extended regular expression, for awk as well. */
export const KNOWN_CHAINS = '(KUBE-|CNI-|FLANNEL-|CILIUM_|cali-)';
/** A rule of such a chain, or one that leads there, or one that Calico or flannel has signed by comment. */
export const KNOWN_RULE = new RegExp(
  `^\\S+ \\S+ (:|-A )${KNOWN_CHAINS}| -[jg] ${KNOWN_CHAINS}| --comment "?(cali:|flanneld )`,
);
/** nftables tables of kube-proxy and CNI plugins. */
export const KNOWN_TABLE =
  /^nft table (\w+ (kube-proxy|cni_hostport|cni_plugins_masquerade|flannel-ipv[46]|kindnet\S*))$/;

/** Network namespaces that containerd pins for pods, and what Cilium and Calico mount for themselves. */
export const KNOWN_MOUNT = /^\/run\/(netns\/cni-[0-9a-f-]+|cilium\/cgroupv2|calico\/cgroup) /;

/** Settings of one network namespace that kube-proxy, CNI plugins and we ourselves change. */
export const OWN_SYSCTLS = [
  'net.ipv4.ip_forward',
  'net.ipv4.conf.all.route_localnet',
  'net.ipv4.conf.all.rp_filter',
  'net.ipv4.conf.default.rp_filter',
  'net.ipv4.conf.all.arp_ignore',
  'net.ipv4.conf.all.arp_announce',
  'net.ipv4.vs.conntrack',
  'net.ipv4.vs.conn_reuse_mode',
  'net.ipv4.vs.expire_nodest_conn',
  'net.ipv4.vs.expire_quiescent_template',
  'net.ipv6.conf.all.forwarding',
  'net.ipv6.conf.default.forwarding',
  'net.bridge.bridge-nf-call-iptables',
  'net.bridge.bridge-nf-call-ip6tables',
  'net.netfilter.nf_conntrack_tcp_be_liberal',
  'net.netfilter.nf_conntrack_tcp_timeout_established',
  'net.netfilter.nf_conntrack_tcp_timeout_close_wait',
] as const;

/** Settings of the whole kernel that kubelet and kube-proxy change: where the kernel is shared, anybody may have. */
export const KERNEL_SYSCTLS = [
  'kernel.keys.root_maxbytes',
  'kernel.keys.root_maxkeys',
  'kernel.panic',
  'kernel.panic_on_oops',
  'net.netfilter.nf_conntrack_max',
  'vm.overcommit_memory',
  'vm.panic_on_oom',
] as const;

/** Folders that pods' host paths, the kubelet and containerd make where they are missing; empty ones go, deepest first. */
export const MADE_FOLDERS = [
  '/opt/containerd',
  '/opt/containerd/bin',
  '/opt/containerd/lib',
  '/etc/cni',
  '/lib/modules',
  '/usr/libexec/kubernetes/kubelet-plugins/volume/exec',
  '/usr/libexec/kubernetes/kubelet-plugins/volume',
  '/usr/libexec/kubernetes/kubelet-plugins',
  '/usr/libexec/kubernetes',
] as const;
