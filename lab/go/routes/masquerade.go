package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/coreos/go-iptables/iptables"
)

// chain has the prefix of CNI's own chains: whoever cleans a node of CNI cleans it of this too.
const chain = "CNI-BYO-LAB"
const multicast = "224.0.0.0/4"

// keepMasquerade makes what our pods send out of the cluster leave under the node's address, which others can answer to;
// what they send to other pods keeps its source. Exceptions go in before and out after the rule they except from matters,
// so that no packet between pods is ever rewritten.
func keepMasquerade(own node, peers []node) error {
	tables, err := iptables.New()
	if err != nil {
		return fmt.Errorf("iptables: %w", err)
	}
	exceptions := []string{multicast, own.podCIDR.String()}
	for _, peer := range peers {
		exceptions = append(exceptions, peer.podCIDR.String())
	}
	if err := ensureChain(tables); err != nil {
		return err
	}
	for _, exception := range exceptions {
		if err := tables.InsertUnique("nat", chain, 1, "-d", exception, "-j", "RETURN"); err != nil {
			return fmt.Errorf("except %s from masquerading: %w", exception, err)
		}
	}
	if err := tables.AppendUnique("nat", chain, "-j", "MASQUERADE"); err != nil {
		return fmt.Errorf("masquerade: %w", err)
	}
	jump := []string{"-s", own.podCIDR.String(), "-m", "comment", "--comment", "byo-lab pods", "-j", chain}
	if err := tables.AppendUnique("nat", "POSTROUTING", jump...); err != nil {
		return fmt.Errorf("jump to %s: %w", chain, err)
	}
	return removeStaleExceptions(tables, exceptions)
}

func ensureChain(tables *iptables.IPTables) error {
	exists, err := tables.ChainExists("nat", chain)
	if err == nil && !exists {
		err = tables.NewChain("nat", chain)
	}
	if err != nil {
		return fmt.Errorf("chain %s: %w", chain, err)
	}
	return nil
}

func removeStaleExceptions(tables *iptables.IPTables, wanted []string) error {
	rules, err := tables.List("nat", chain)
	if err != nil {
		return fmt.Errorf("list %s: %w", chain, err)
	}
	var failures []error
	for _, rule := range rules {
		excepted := exceptionOf(rule)
		if excepted == "" || slices.Contains(wanted, excepted) {
			continue
		}
		if err := tables.Delete("nat", chain, "-d", excepted, "-j", "RETURN"); err != nil {
			failures = append(failures, fmt.Errorf("remove exception %s: %w", excepted, err))
		}
	}
	return errors.Join(failures...)
}

// exceptionOf reads the destination of a rule `-A CNI-BYO-LAB -d 10.244.1.0/24 -j RETURN`; empty for any other rule.
func exceptionOf(rule string) string {
	fields := strings.Fields(rule)
	if len(fields) == 6 && fields[2] == "-d" && fields[5] == "RETURN" {
		return fields[3]
	}
	return ""
}
