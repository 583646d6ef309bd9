// What kubelet, kube-proxy and pod networks leave behind: these a reset takes away, everything else is somebody's.

/**
 * Pod networks name their links so: CNI bridge and ptp, flannel, Calico, Cilium, kube-router, kube-proxy's IPVS mode,
 * node-local DNS, Antrea. The veth of the CNI project has eight hex digits; others' (podman: veth0, Docker: seven) are not.
 */
export const KNOWN_LINK =
  /^(cni\d+|veth[0-9a-f]{8}|flannel[.-].+|cali[0-9a-f]{11}|vxlan(-v6)?\.calico|wireguard\.cali|kube-(ipvs0|bridge|dummy-if)|cilium_\w+|lxc([0-9a-f]{12}|_health)|nodelocaldns|antrea-\w+|weave|vethwe-\w+|vxlan-6784)$/;

/** Devices that a tunnel module puts into every network namespace: nobody can delete those, only their addresses. */
export const KERNELS_LINK =
  /^(lo|bonding_masters|tunl0|cilium_tunl|cilium_ip6tnl|sit0|cilium_sit|gre0|gretap0|erspan0|ip_vti0|ip6_vti0|ip6tnl0|ip6gre0)$/;
/** What Calico, flannel (ipip) and Cilium give to such a device: the address of one host, by which its tunnel speaks. */
export const KNOWN_ADDRESS = /^(tunl0|ip6tnl0|cilium_\w+) \S+\/(32|128)$/;

/** Route protocols of pod networks: 80 is Calico's Felix, 117 the plain route-per-node kind, 248 kube-vip. */
export const KNOWN_ROUTE = / proto (80|117|248)( |$)/;
/** Cilium's tables: to its proxy, and back from it; the kernel's word for who made a route says nothing there. */
export const KNOWN_TABLES_OF_ROUTES = / table (2004|2005)( |$)/;
/** Cilium marks what goes through its proxy. */
export const KNOWN_POLICY = / rule \d+: from all fwmark 0x(200|a00)\/0xf00 lookup (2004|2005)( |$)/;
/** The kernel's own first rule, which Cilium moves behind its own. */
export const MOVED_LOCAL = /^(-[46]) rule ([1-9]\d*): from all lookup local( |$)/;

/** Chains of kubelet, kube-proxy, CNI plugins and pod networks begin so; extended regular expression, for awk as well. */
export const KNOWN_CHAINS =
  '(KUBE-|CNI-|FLANNEL-|CILIUM_|OLD_CILIUM_|cali-|ANTREA-|WEAVE|AWS-SNAT-CHAIN|AWS-CONNMARK-CHAIN|IP-MASQ)';
/** Rules without such a chain that Calico, flannel, kube-router and node-local DNS sign by comment; the same for awk. */
export const SIGNED = '(cali:|flanneld |kube-router |NodeLocal DNS Cache)';
/** A rule of such a chain, one that leads there, or a signed one. */
export const KNOWN_RULE = new RegExp(`^\\S+ \\S+ (:|-A )${KNOWN_CHAINS}| -[jg] ${KNOWN_CHAINS}| --comment "?${SIGNED}`);
/** A rule of a chain that every machine has: what stands in chains of others (ufw, Docker, fail2ban) is theirs. */
export const RULE_OF_ALL = /^\S+ \S+ -A (PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) /;
/** nftables tables of kube-proxy, CNI plugins and pod networks. */
export const KNOWN_TABLE =
  /^nft table (\w+ (kube-proxy|cni_hostport|cni_plugins_masquerade|flannel-ipv[46]|kindnet\S*|calico|kube-network-policies))$/;
/** Sets of Calico, kube-proxy (IPVS), kube-router, Cilium, Antrea and Weave. */
export const KNOWN_SET =
  /^(cali[46]0\S*|KUBE-\S+|kube-router-\S+|inet6:kube-router-\S+|cilium_\S+|ANTREA-\S+|weave-\S+)$/;
/** Programs that Cilium, Calico and Antrea hang into the traffic of a NIC. */
export const KNOWN_PROGRAM = / bpf (cil_|cali_|calico_|bpf_(host|lxc|overlay|netdev|network)\b|antrea)/;
/** What they pin below /sys/fs/bpf: maps and links; with these go the programs that hang on them. */
export const KNOWN_PIN = /^(cilium|calico|tc\/globals\/(cilium_|cali_)\S*)$/;

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
