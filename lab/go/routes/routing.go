package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// protocol marks our routes in the kernel's table, so that we remove our own and no other.
const protocol netlink.RouteProtocol = 117

// keepRoutes makes our routes be exactly one per peer: its pod CIDR by way of its address.
func keepRoutes(peers []node) error {
	var failures []error
	wanted := map[string]bool{}
	for _, peer := range peers {
		wanted[peer.podCIDR.String()] = true
		route := netlink.Route{Dst: peer.podCIDR, Gw: peer.address, Protocol: protocol}
		if err := netlink.RouteReplace(&route); err != nil {
			failures = append(failures, fmt.Errorf("route to %s by %s of %s: %w", peer.podCIDR, peer.address, peer.name, err))
		}
	}
	return errors.Join(append(failures, removeStaleRoutes(wanted))...)
}

func removeStaleRoutes(wanted map[string]bool) error {
	filter := netlink.Route{Protocol: protocol, Table: unix.RT_TABLE_MAIN}
	routes, err := netlink.RouteListFiltered(netlink.FAMILY_V4, &filter, netlink.RT_FILTER_PROTOCOL|netlink.RT_FILTER_TABLE)
	if err != nil {
		return fmt.Errorf("list routes: %w", err)
	}
	var failures []error
	for _, route := range routes {
		if destination(route.Dst) == "" || wanted[destination(route.Dst)] {
			continue
		}
		slog.Info("removing the route of a node that left", "destination", route.Dst.String())
		if err := netlink.RouteDel(&route); err != nil && !errors.Is(err, unix.ESRCH) {
			failures = append(failures, fmt.Errorf("remove route to %s: %w", route.Dst, err))
		}
	}
	return errors.Join(failures...)
}

func destination(subnet *net.IPNet) string {
	if subnet == nil {
		return ""
	}
	return subnet.String()
}
