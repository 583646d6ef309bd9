package main

import (
	"context"
	"net"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// node is what the network needs to know of a Node. IPv4 only, like the lab's bridge.
type node struct {
	name    string
	podCIDR *net.IPNet
	address net.IP
}

// split separates the node called name from all others that have both a pod CIDR and an address.
func split(name string, objects []any) (own node, peers []node) {
	for _, object := range objects {
		kubernetesNode, isNode := object.(*corev1.Node)
		if !isNode {
			continue
		}
		parsed := parse(kubernetesNode)
		if parsed.name == name {
			own = parsed
		} else if parsed.podCIDR != nil && parsed.address != nil {
			peers = append(peers, parsed)
		}
	}
	return own, peers
}

func parse(from *corev1.Node) node {
	parsed := node{name: from.Name}
	for _, address := range from.Status.Addresses {
		if ip := net.ParseIP(address.Address).To4(); address.Type == corev1.NodeInternalIP && ip != nil {
			parsed.address = ip
			break
		}
	}
	for _, cidr := range append([]string{from.Spec.PodCIDR}, from.Spec.PodCIDRs...) {
		if _, subnet, err := net.ParseCIDR(cidr); err == nil && subnet.IP.To4() != nil {
			parsed.podCIDR = subnet
			break
		}
	}
	return parsed
}

// describe says all that matters of a node, so that two states of it can be compared.
func describe(from *corev1.Node) string {
	parsed := parse(from)
	return parsed.podCIDR.String() + " " + parsed.address.String()
}

// dialer gives up a connection attempt after timeout.
func dialer(timeout time.Duration) func(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{Timeout: timeout, KeepAlive: 15 * time.Second}).DialContext
}
