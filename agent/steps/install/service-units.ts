// The systemd units of containerd and kubelet, and the kubelet's drop-ins.

/** containerd.service: as its project ships it, but never stopped with its pods (KillMode=process). */
export const CONTAINERD_SERVICE = `# Written by byo-agent.
[Unit]
Description=containerd container runtime
Documentation=https://containerd.io
After=network.target dbus.service

[Service]
Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
`;

/** kubelet.service: restarts for ever, since before kubeadm it has no configuration to start with. */
export const KUBELET_SERVICE = `# Written by byo-agent.
[Unit]
Description=kubelet: the Kubernetes node agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target containerd.service
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/local/bin/kubelet
Restart=always
RestartSec=10

[Install]
WantedBy=multi-user.target
`;

const KUBELET_ARGUMENTS = '$KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS';

/**
 * What kubeadm expects of a kubelet drop-in (kubernetes.io, "The kubelet drop-in file for systemd"): the names of the four
 * variables and the files behind them. Both distributions' files for KUBELET_EXTRA_ARGS are read and never written.
 */
export const KUBEADM_SERVICE_DROP_IN = `# Written by byo-agent: how kubeadm passes settings to the kubelet.
[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
EnvironmentFile=-/etc/sysconfig/kubelet
ExecStart=
ExecStart=/usr/local/bin/kubelet ${KUBELET_ARGUMENTS}
`;

/**
 * Sets ExecStart once more, with our flag last: the last one wins, so that neither a bootstrap document's own drop-in nor
 * KUBELET_EXTRA_ARGS can register the Node under another machine's providerID.
 */
export function providerIdDropIn(providerID: string): string {
  return `# Written by byo-agent: the Node of this claim is known by its providerID.
[Service]
ExecStart=
ExecStart=/usr/local/bin/kubelet ${KUBELET_ARGUMENTS} --provider-id=${providerID.replaceAll('%', '%%')}
`;
}

/** Swap that comes back with a reboot (fstab) would keep the kubelet from starting, so it goes before each start. */
export const SWAP_OFF_DROP_IN = `# Written by byo-agent: this machine had swap, which the kubelet refuses.
[Service]
ExecStartPre=-/sbin/swapoff -a
`;
