// The hosts of an instance started, as containers or as machines, with the one door through which they reach the rest.
import { ensureHost, waitForHost } from './hosts.ts';
import { switchOn, waitForMachine } from './machine-hosts/machine-handle.ts';
import { machineOf } from './machine-hosts/machine-power.ts';
import { ensureMachineNetwork, removeMachineNetwork } from './machine-hosts/network.ts';
import type { Parts } from './parts/index.ts';
import { ensureNetwork, openPodman, removeEverything } from './podman.ts';
import { ensureRelay, waitForRelay } from './relays.ts';
import { kindOf, writeRecord } from './state.ts';
import type { InstanceRecord } from './state.ts';

/** Starts those that do not run; back when all have booted and reach the gateway's port. */
export async function startAllHosts(record: InstanceRecord, parts: Parts): Promise<void> {
  return kindOf(record) === 'machine' ? startMachines(record) : startContainers(record, parts);
}

/** Takes their network away, and all of the containers; machines are processes of the instance and have ended. */
export async function removeAllHosts(record: InstanceRecord, podmanEnvironment: Record<string, string>): Promise<void> {
  if (kindOf(record) === 'machine') return removeMachineNetwork(record);
  return removeEverything(openPodman(podmanEnvironment), record.name);
}

async function startContainers(record: InstanceRecord, parts: Parts): Promise<void> {
  const podman = openPodman(parts.podmanEnvironment);
  const bridge = await ensureNetwork(podman, { ...record, instance: record.name });
  if (bridge !== record.bridge) writeRecord({ ...record, bridge });
  for (const host of record.hosts) await ensureHost(podman, record, { host, image: parts.hostImage });
  await ensureRelay(record);
  for (const host of record.hosts) await waitForHost(podman, host);
  await waitForRelay(record);
}

async function startMachines(record: InstanceRecord): Promise<void> {
  const bridge = await ensureMachineNetwork(record);
  if (bridge !== record.bridge) writeRecord({ ...record, bridge });
  const machines = record.hosts.map((host) => machineOf(record, host));
  for (const machine of machines) await switchOn(machine);
  await ensureRelay(record);
  for (const machine of machines) await waitForMachine(machine);
  await waitForRelay(record);
}
