// Machines made, switched on and off, frozen and taken away: the disk, the power supply and the kernel's processes.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hasCode } from '../../common/system-error.ts';
import { usualSystem } from '../parts/machine-systems.ts';
import { findProcessesByEnvironment, isStopped, listTree } from '../process-identity.ts';
import { ensureProcess, killProcess, listProcesses, requireRunning, stopProcess } from '../processes.ts';
import { runChecked } from '../spawn.ts';
import { instanceDir } from '../state.ts';
import type { HostRecord, InstanceRecord } from '../state.ts';
import { waitFor } from '../wait.ts';
import { filesOf, machineFolder, readSettings, writeSettings } from './machine-files.ts';
import type { MachineFiles, MachineSettings } from './machine-files.ts';
import { planNetwork } from './network.ts';

/** One machine of an instance: its files, the folder of the instance, and the name of its power supply there. */
export type Machine = { record: InstanceRecord; host: HostRecord; files: MachineFiles; dir: string; supply: string };

/** What a new machine is made of: the kernel, the disk to copy, and who may log in. */
export type MachineParts = { kernel: string; disk: string; publicKey: string };

const SUPPLY = new URL('main.ts', import.meta.url).pathname;

/** A control plane has the first; nothing of Kubernetes fits into less. */
const FIRST = { memoryMib: 3072, processors: 2 };
const OTHERS = { memoryMib: 1536, processors: 1 };

/** Touches nothing. */
export function machineOf(record: InstanceRecord, host: HostRecord): Machine {
  const files = filesOf(machineFolder(record, host));
  return { record, host, files, dir: instanceDir(record.name), supply: `machine-${host.name}` };
}

/** Makes the machine unless it is there: its disk and what it is started with. The kernel is always the one at hand. */
export async function ensureMachine(machine: Machine, parts: MachineParts): Promise<void> {
  const { files } = machine;
  const known = readSettings(files);
  if (!existsSync(files.disk)) await replaceDisk(machine, parts.disk);
  const wanted = { ...(known ?? newSettings(machine)), kernel: parts.kernel, key: parts.publicKey };
  if (JSON.stringify(known) !== JSON.stringify(wanted)) writeSettings(files, wanted);
}

function newSettings({ record, host }: Machine): MachineSettings {
  const { tap, mac } = planNetwork(record);
  const { gateway, bundleDir } = record;
  const size = host.name === record.hosts[0]?.name ? FIRST : OTHERS;
  const place = { hostname: host.container, address: host.address, gateway, tap: tap(host), mac: mac(host) };
  // Nobody answers for names there, and says so at once; without any a pod does not start.
  const told = { dns: gateway, clock: 0, system: usualSystem, kernel: '', key: '' };
  return { ...size, ...place, ...told, ...(bundleDir === undefined ? {} : { bundleDir }) };
}

/** A new disk, as it comes from the image; the machine must be off. */
export async function replaceDisk({ files }: Machine, image: string): Promise<void> {
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  // Sparse, and a clone where the file system can.
  await runChecked(['cp', '--sparse=always', '--reflink=auto', image, `${files.disk}.new`]);
  renameSync(`${files.disk}.new`, files.disk);
}

/** Switches it on, unless it is. */
export async function powerOn({ dir, supply, files }: Machine): Promise<void> {
  await ensureProcess(dir, { name: supply, argv: [process.execPath, SUPPLY, files.folder] });
}

/** The plug pulled: nothing of what was not written to its disk is left. Back when every process of it is gone. */
export async function cutPower(machine: Machine): Promise<void> {
  await killProcess(machine.dir, machine.supply);
  const gone = async (): Promise<string | undefined> =>
    kernelProcesses(machine).length === 0 ? undefined : 'its kernel is still there';
  await waitFor(`${machine.host.name} dead`, gone, { timeoutMs: 30_000 });
}

/** Waits until it has switched itself off. */
export async function waitForOff(machine: Machine, timeoutMs: number): Promise<void> {
  const off = async (): Promise<string | undefined> => (isOn(machine) ? 'it is still on' : undefined);
  await waitFor(`${machine.host.name} off`, off, { timeoutMs, everyMs: 250 });
}

/** Throws, with what its console said last, when it is not switched on. */
export function requireOn({ dir, supply }: Machine): void {
  requireRunning(dir, supply);
}

/** For ever, disk and all. */
export async function removeMachine(machine: Machine): Promise<void> {
  await cutPower(machine);
  await stopProcess(machine.dir, machine.supply);
  rmSync(machine.files.folder, { recursive: true, force: true });
}

/** In podman's words, so that whoever asks need not know the kind. */
export function stateOf(machine: Machine): 'running' | 'exited' | 'paused' | undefined {
  if (!existsSync(machine.files.disk)) return undefined;
  if (!isOn(machine)) return 'exited';
  const [kernel] = kernelProcesses(machine);
  return kernel !== undefined && isStopped(kernel) ? 'paused' : 'running';
}

function isOn({ dir, supply }: Machine): boolean {
  return listProcesses(dir).some(({ name, running }) => name === supply && running);
}

/** Freezes it, or lets it go on: the kernel and, since a program that only computes never asks it, every process in it. */
export function signalMachine(machine: Machine, name: 'SIGSTOP' | 'SIGCONT'): void {
  const [kernel] = kernelProcesses(machine);
  if (kernel === undefined) return;
  const tree = listTree(kernel);
  // The kernel freezes first and thaws last: it never meets a process that does not answer it.
  for (const pid of name === 'SIGSTOP' ? tree : tree.toReversed()) signalProcess(pid, name);
}

function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // ESRCH: a program of the machine that ended just now.
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

/** The kernel is what was started with the machine’s folder in its environment. */
function kernelProcesses({ files }: Machine): number[] {
  return findProcessesByEnvironment('BYO_LAB_MACHINE', files.folder).map(({ pid }) => pid);
}
