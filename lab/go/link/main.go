// Command link is a bad link on demand: it carries IP packets between two TUN devices, one that is moved into the network
// of a host and one that stays on the machine, and delays, loses, throttles or cuts them on the way as it is told.
//
//	link -host NAME -machine NAME -address ADDRESS -control SOCKET
//
// Both devices are made in the network namespace where it runs; whoever started it moves the host's one and gives both
// addresses and routes. When the host loses power, its device is gone with its namespace: a new one of the same name is
// made, to be moved again, and what the link was told stays as it was. Nothing outlives the process.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/netip"
	"os"
)

func main() {
	host := flag.String("host", "", "name of the device that is moved into the host")
	machine := flag.String("machine", "", "name of the device that stays")
	address := flag.String("address", "", "IPv4 address of the host on this link; packets of others are dropped")
	control := flag.String("control", "", "path of the socket for commands")
	flag.Parse()
	if err := run(*host, *machine, *address, *control); err != nil {
		fmt.Fprintln(os.Stderr, "link:", err)
		os.Exit(1)
	}
}

func run(host, machine, address, control string) error {
	ours, err := netip.ParseAddr(address)
	if err != nil || !ours.Is4() {
		return fmt.Errorf("-address %q is no IPv4 address", address)
	}
	near, err := openDevice(host)
	if err != nil {
		return err
	}
	far, err := openDevice(machine)
	if err != nil {
		return err
	}
	up := newDirection(1, sourceOffset, ours)
	down := newDirection(2, destinationOffset, ours)
	// A socket file is left behind by a kill; nobody else listens there, since the devices' names could be taken.
	if err := os.Remove(control); err != nil && !os.IsNotExist(err) {
		return err
	}
	listener, err := net.Listen("unix", control)
	if err != nil {
		return err
	}
	failed := make(chan error, 5)
	for _, carry := range []func() error{
		func() error { return read(near, up) },
		func() error { return write(far, up) },
		func() error { return read(far, down) },
		func() error { return write(near, down) },
		func() error { return serve(listener, up, down) },
	} {
		go func() { failed <- carry() }()
	}
	return <-failed
}

// read takes packets from a device into a direction.
func read(from *device, into *direction) error {
	buffer := make([]byte, largestPacket)
	for {
		size, err := from.Read(buffer)
		if err != nil {
			return err
		}
		into.take(buffer[:size])
	}
}

// write gives packets to a device when they are due.
func write(to *device, from *direction) error {
	for {
		if err := to.Write(from.next()); err != nil {
			return err
		}
	}
}
