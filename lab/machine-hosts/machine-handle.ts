// The handle on a host that is a machine: everything by SSH, as its owner would, or by its power button.
import type { HostHandle } from '../host-handle.ts';
import { ensureParts, imagePart, usualSystem, type MachineSystem } from '../parts/index.ts';
import { runAttached, runChecked, runCommand } from '../spawn.ts';
import type { CommandResult } from '../spawn.ts';
import { waitFor } from '../wait.ts';
import { diskScript } from './disk-faults.ts';
import { readSettings, writeSettings } from './machine-files.ts';
import type { Machine } from './machine-power.ts';
import {
  cutPower,
  ensureMachine,
  powerOn,
  removeMachine,
  replaceDisk,
  requireOn,
  signalMachine,
  stateOf,
  waitForOff,
} from './machine-power.ts';
import { ensureMachineNetwork } from './network.ts';
import { ensureKey, scpCommand, sshCommand, type SshTarget } from './ssh.ts';

const BOOT_MS = 300_000;
const SHUTDOWN_MS = 120_000;

/** Open a handle; touches nothing. */
export function openMachine(machine: Machine): HostHandle {
  const { host } = machine;
  return {
    name: host.name,
    hostname: host.container,
    address: host.address,
    kind: 'machine',
    ...doingOn(machine),
    ...switching(machine),
    ...misfortunes(machine),
  };
}

const targetOf = ({ dir, host }: Machine): SshTarget => ({
  address: host.address,
  keyFile: `${dir}/ssh/id_ed25519`,
});

function doingOn(machine: Machine): Pick<HostHandle, 'exec' | 'attach' | 'copyIn'> {
  const target = targetOf(machine);
  return {
    exec: async (argv, options = {}) => runCommand(sshCommand(target, argv), options),
    attach: async (argv) => runAttached(sshCommand(target, argv, process.stdin.isTTY)),
    copyIn: async (from, to) => {
      await runChecked(scpCommand(target, from, to));
    },
  };
}

function switching(
  machine: Machine,
): Pick<HostHandle, 'state' | 'start' | 'stop' | 'reboot' | 'kill' | 'remove' | 'boot'> {
  return {
    state: async () => Promise.resolve(stateOf(machine)),
    start: async () => startMachine(machine),
    stop: async () => {
      if (stateOf(machine) === 'running') await shutDown(machine);
    },
    reboot: async () => reboot(machine),
    kill: async () => cutPower(machine),
    remove: async () => removeMachine(machine),
    boot: async (system) => bootSystem(machine, system),
  };
}

function misfortunes(machine: Machine): Pick<HostHandle, 'pause' | 'unpause' | 'clock' | 'disk'> {
  return {
    pause: async () => Promise.resolve(signalMachine(machine, 'SIGSTOP')),
    unpause: async () => Promise.resolve(signalMachine(machine, 'SIGCONT')),
    clock: async (offsetSeconds) => setClock(machine, offsetSeconds),
    disk: async (state, delayMs = 50) => {
      await runOn(machine, ['sh', '-c', diskScript(state, delayMs)]);
    },
  };
}

/** Makes it if it was removed, switches it on, and waits until it has booted; a paused one is left to who paused it. */
async function startMachine(machine: Machine): Promise<void> {
  await switchOn(machine);
  await waitForMachine(machine);
}

/** The same without waiting, for several at once. */
export async function switchOn(machine: Machine): Promise<void> {
  const { record, dir, files } = machine;
  const system = readSettings(files)?.system ?? usualSystem;
  const parts = await partsFor(system);
  const { publicKey } = await ensureKey(dir);
  await ensureMachineNetwork(record);
  await ensureMachine(machine, { ...parts, publicKey });
  await powerOn(machine);
}

async function partsFor(system: MachineSystem): Promise<{ kernel: string; disk: string }> {
  const only = ['machine-kernel', imagePart(system)];
  const parts = await ensureParts({ only, onProgress: () => {} });
  return { kernel: parts.machineKernel, disk: parts.machineDisk(system) };
}

/** Waits until its systemd has finished booting. */
export async function waitForMachine(machine: Machine): Promise<void> {
  if (stateOf(machine) === 'paused') return;
  const probe = async (): Promise<string | undefined> => {
    requireOn(machine);
    const { stdout, stderr } = await ask(machine, ['systemctl', 'is-system-running']);
    const word = stdout.trim();
    return word === 'running' || word === 'degraded' ? undefined : word || stderr.trim() || 'no answer';
  };
  const what = `${machine.host.name} booted (its console: ${machine.files.console})`;
  await waitFor(what, probe, { timeoutMs: BOOT_MS, everyMs: 250 });
}

async function shutDown(machine: Machine): Promise<void> {
  await order(machine, 'poweroff');
  await waitForOff(machine, SHUTDOWN_MS);
}

async function reboot(machine: Machine): Promise<void> {
  if (stateOf(machine) !== 'running') return startMachine(machine);
  const before = await bootIdOf(machine);
  await order(machine, 'reboot');
  const other = async (): Promise<string | undefined> => {
    requireOn(machine);
    return (await bootIdOf(machine)) === before ? 'it still runs as before' : undefined;
  };
  await waitFor(`${machine.host.name} restarted`, other, { timeoutMs: BOOT_MS, everyMs: 250 });
  return waitForMachine(machine);
}

/** systemd takes the connection away while it obeys: only that it heard us counts. */
async function order(machine: Machine, what: 'poweroff' | 'reboot'): Promise<void> {
  const { exitCode, stderr } = await ask(machine, ['systemctl', '--no-block', what]);
  if (exitCode !== 0 && exitCode !== 255) throw new Error(`${machine.host.name} does not ${what}: ${stderr.trim()}`);
}

const bootIdOf = (machine: Machine): Promise<string> => runOn(machine, ['cat', '/proc/sys/kernel/random/boot_id']);

async function bootSystem(machine: Machine, system: MachineSystem): Promise<void> {
  await switchOn(machine);
  const { kernel, disk } = await partsFor(system);
  await cutPower(machine);
  const settings = readSettings(machine.files);
  if (!settings) throw new Error(`${machine.host.name} has gone meanwhile: start it again`);
  writeSettings(machine.files, { ...settings, kernel, system });
  await replaceDisk(machine, disk);
  await startMachine(machine);
}

/** At once, and at each start from now on: as a machine whose clock nobody ever set. */
async function setClock(machine: Machine, offsetSeconds: number): Promise<void> {
  const settings = readSettings(machine.files);
  if (!settings) throw new Error(`${machine.host.name} is gone: start it first`);
  writeSettings(machine.files, { ...settings, clock: offsetSeconds });
  if (stateOf(machine) !== 'running') return;
  await runOn(machine, ['date', '-s', `@${Math.round(Date.now() / 1000) + offsetSeconds}`]);
}

function ask(machine: Machine, argv: string[]): Promise<CommandResult> {
  return runCommand(sshCommand(targetOf(machine), argv), { timeoutMs: 20_000 });
}

async function runOn(machine: Machine, argv: string[]): Promise<string> {
  return runChecked(sshCommand(targetOf(machine), argv), { timeoutMs: 60_000 });
}
