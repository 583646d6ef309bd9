#!/bin/sh
# What a bundle installs, by hand: the yardstick of the agent's own `install`. Layers and images lie ready in /opt/bare/store.
set -e
cd /opt/bare
modprobe -a overlay br_netfilter 2>/dev/null || true # built in, or the next lines say what is missing
sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1
swapoff -a
for layer in store/*.tar.gz; do tar -xzf "$layer" -C / --no-same-owner; done
install -D -m 0644 config.toml /etc/containerd/config.toml
install -D -m 0644 containerd.service kubelet.service /etc/systemd/system/
install -D -m 0644 10-kubeadm.conf /etc/systemd/system/kubelet.service.d/10-kubeadm.conf
systemctl daemon-reload
systemctl enable --quiet --now containerd.service
for image in store/images/*.tar; do ctr --namespace k8s.io images import "$image" >/dev/null; done
systemctl enable --quiet kubelet.service
