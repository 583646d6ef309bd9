package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

const configurationFolder = "/etc/cni/net.d"
const configurationName = "10-byo-lab.conflist"

// addressFolder is on a tmpfs: pods do not survive a reboot, and neither must the addresses they held.
const addressFolder = "/run/cni-ipam-state"

type object = map[string]any

// configuration is the CNI configuration of a node: a bridge, addresses out of the node's pod CIDR, host ports. No ipMasq:
// the bridge plugin would also masquerade what goes to pods of other nodes, so keepMasquerade does it instead.
func configuration(own node) ([]byte, error) {
	bridge := object{
		"type":             "bridge",
		"bridge":           "cni0",
		"isGateway":        true,
		"isDefaultGateway": true,
		"hairpinMode":      true,
		"ipMasq":           false,
		"ipam": object{
			"type":    "host-local",
			"dataDir": addressFolder,
			"ranges":  [][]object{{{"subnet": own.podCIDR.String()}}},
		},
	}
	portmap := object{"type": "portmap", "capabilities": object{"portMappings": true}}
	return json.MarshalIndent(object{"cniVersion": "1.0.0", "name": "byo-lab", "plugins": []object{bridge, portmap}}, "", "  ")
}

// writeConfiguration writes the file only when it changes, and whole: containerd reads the folder on every event in it.
func writeConfiguration(own node) error {
	wanted, err := configuration(own)
	if err != nil {
		return fmt.Errorf("CNI configuration: %w", err)
	}
	path := filepath.Join(configurationFolder, configurationName)
	if current, err := os.ReadFile(path); err == nil && bytes.Equal(current, wanted) {
		return nil
	}
	// The draft's name ends in neither .conf nor .conflist, so nobody takes it for a configuration.
	draft := filepath.Join(configurationFolder, "."+configurationName+".draft")
	if err := os.WriteFile(draft, wanted, 0o644); err != nil {
		return fmt.Errorf("CNI configuration: %w", err)
	}
	if err := os.Rename(draft, path); err != nil {
		return fmt.Errorf("CNI configuration: %w", err)
	}
	return nil
}
