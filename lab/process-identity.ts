// Which process a pid really is: pids are reused, so nothing is signalled whose start time and boot differ from ours.
import { readFileSync, readdirSync } from 'node:fs';
import { z } from 'zod';

/** `startTime` in clock ticks since boot (field 22 of /proc/PID/stat); `boot` from /proc/sys/kernel/random/boot_id. */
export const processIdentity = z.object({ pid: z.int().positive(), startTime: z.string(), boot: z.string() });
export type ProcessIdentity = z.infer<typeof processIdentity>;

const PF_KTHREAD = 0x0020_0000;

/** What /proc/PID/stat tells, as far as the lab asks. */
export type ProcessStat = { state: string; parent: number; isKernelThread: boolean; startTime: string };

/** Read one line of /proc/PID/stat; pure. The command, in brackets, may hold spaces and brackets itself. */
export function parseStat(line: string): ProcessStat | undefined {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state, parent, , , , , flags] = fields;
  const startTime = fields[19];
  if (state === undefined || startTime === undefined) return undefined;
  return { state, parent: Number(parent), isKernelThread: (Number(flags) & PF_KTHREAD) !== 0, startTime };
}

/** The identity of a live process; undefined when there is none or only its zombie is left. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = parseStat(readProcFile(pid, 'stat') ?? '');
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
  return { pid, startTime: stat.startTime, boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() };
}

/** Every live process but kernel threads, ourselves, our children and those that started us: pid and command line. */
export function listOtherProcesses(): { identity: ProcessIdentity; command: string }[] {
  const line = new Set(listLine(process.pid));
  return listPids().flatMap((pid) => {
    const stat = parseStat(readProcFile(pid, 'stat') ?? '');
    const identity = identifyProcess(pid);
    const isOurs = line.has(pid) || stat?.parent === process.pid;
    if (!stat || !identity || isOurs || stat.isKernelThread) return [];
    return [{ identity, command: (readProcFile(pid, 'cmdline') ?? '').replaceAll('\0', ' ').trim() }];
  });
}

/** Whether exactly this process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  const now = identifyProcess(identity.pid);
  return now !== undefined && now.startTime === identity.startTime && now.boot === identity.boot;
}

/** Live processes whose environment holds `NAME=value` exactly: finds those whose record was lost in a crash. */
export function findProcessesByEnvironment(name: string, value: string): ProcessIdentity[] {
  return listPids().flatMap((pid) => {
    const environment = readProcFile(pid, 'environ')?.split('\0') ?? [];
    const identity = environment.includes(`${name}=${value}`) ? identifyProcess(pid) : undefined;
    return identity === undefined ? [] : [identity];
  });
}

/** A process and all that it has started, itself first. */
export function listTree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const other of listPids()) {
    const parent = parseStat(readProcFile(other, 'stat') ?? '')?.parent ?? 0;
    children.set(parent, [...(children.get(parent) ?? []), other]);
  }
  const below = (root: number): number[] => [root, ...(children.get(root) ?? []).flatMap(below)];
  return below(pid);
}

/** Whether a process was stopped by a signal and not told to go on. */
export function isStopped(pid: number): boolean {
  return parseStat(readProcFile(pid, 'stat') ?? '')?.state === 'T';
}

/** A process and its ancestors. */
function listLine(pid: number): number[] {
  const parent = parseStat(readProcFile(pid, 'stat') ?? '')?.parent ?? 0;
  return parent === 0 ? [pid] : [pid, ...listLine(parent)];
}

function listPids(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

function readProcFile(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // The process ended while we looked: that is the answer, not a fault.
    return undefined;
  }
}
