// The machine under all instances: what it was like before the first one, and how it becomes so again after the last.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { listCgroups, removeCgroups } from './cgroups.ts';
import { isNetavarkInUse, readFirewall, removeFirewallLeftovers } from './firewall.ts';
import { readMounts, unmountLeftovers } from './mounts.ts';
import { stateRoot, writeFileAtomically } from './state.ts';
import { readSysctls, restoreSysctls } from './sysctls.ts';
import type { Sysctls } from './sysctls.ts';

const machineRecord = z.object({
  version: z.literal(1),
  /** A reboot brings the machine's own settings back; a record from before it says nothing any more. */
  boot: z.string(),
  sysctls: z.record(z.string(), z.string()),
  mounts: z.array(z.string()),
  cgroups: z.array(z.string()),
  firewall: z.array(z.string()),
});
const FORWARDING = /^net\/.*(forward|redirects)/;
type MachineRecord = z.infer<typeof machineRecord>;

/** Write down how the machine is, unless an earlier instance did. Call under the machine lock. */
export async function recordMachine(): Promise<void> {
  if (readMachine()) return;
  const record: MachineRecord = {
    version: 1,
    boot: currentBoot(),
    sysctls: readSysctls(),
    mounts: readMounts(),
    cgroups: listCgroups(),
    firewall: await readFirewall(),
  };
  writeFileAtomically(machineFile(), `${JSON.stringify(record)}\n`);
}

/**
 * Put the machine back as it was written down; call under the machine lock when the last instance is gone. `store` is
 * where the lab's podman keeps its containers. Gives a line for everything restored or left.
 */
export async function restoreMachine(store: string): Promise<string[]> {
  const before = readMachine();
  if (!before) return [];
  const lines = [
    ...(await removeFirewallLeftovers(before.firewall)),
    ...(await unmountLeftovers(before.mounts, store)),
    ...removeCgroups(before.cgroups),
    ...restoreSysctls(settingsToRestore(before.sysctls, await readFirewall())),
  ];
  rmSync(machineFile(), { force: true });
  return lines;
}

/** Forwarding stays on while anybody's containers need it: turning it off would cut them from the world. */
export function settingsToRestore(sysctls: Sysctls, firewall: string[]): Sysctls {
  if (!isNetavarkInUse(firewall)) return sysctls;
  return Object.fromEntries(Object.entries(sysctls).filter(([name]) => !FORWARDING.test(name)));
}

function readMachine(): MachineRecord | undefined {
  if (!existsSync(machineFile())) return undefined;
  const record = machineRecord.parse(JSON.parse(readFileSync(machineFile(), 'utf8')));
  return record.boot === currentBoot() ? record : undefined;
}

function currentBoot(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function machineFile(): string {
  return join(stateRoot(), 'machine.json');
}
