// Which process a pid really is: pids are reused, so nothing is signalled whose start time and boot differ from ours.
import { readFileSync, readdirSync } from 'node:fs';
import { z } from 'zod';

/** `startTime` in clock ticks since boot (field 22 of /proc/PID/stat); `boot` from /proc/sys/kernel/random/boot_id. */
export const processIdentity = z.object({ pid: z.int().positive(), startTime: z.string(), boot: z.string() });
export type ProcessIdentity = z.infer<typeof processIdentity>;

/** The identity of a live process; undefined when there is none or only its zombie is left. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const stat = readProcFile(pid, 'stat');
  if (stat === undefined) return undefined;
  // The second field is the command in brackets and may hold spaces and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTime = fields[19];
  if (startTime === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, startTime, boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() };
}

/** Whether exactly this process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  const now = identifyProcess(identity.pid);
  return now !== undefined && now.startTime === identity.startTime && now.boot === identity.boot;
}

/** Live processes whose environment holds `NAME=value` exactly: finds those whose record was lost in a crash. */
export function findProcessesByEnvironment(name: string, value: string): ProcessIdentity[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((entry) => {
    const environment = readProcFile(Number(entry), 'environ')?.split('\0') ?? [];
    const identity = environment.includes(`${name}=${value}`) ? identifyProcess(Number(entry)) : undefined;
    return identity === undefined ? [] : [identity];
  });
}

function readProcFile(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // The process ended while we looked: that is the answer, not a fault.
    return undefined;
  }
}
