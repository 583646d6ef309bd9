// What a process has used so far, as the kernel counts it.
import { readFile } from 'node:fs/promises';
import { listProcesses } from '../lab/processes.ts';

/** CPU seconds since its start, and resident MiB now. */
export type Usage = { cpuSeconds: number; memoryMiB: number };

/** Linux counts in hundredths of a second, whatever its own clock does (times(2)). */
const TICKS = 100;

export async function usageOf(pid: number): Promise<Usage> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [, kibibytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  return { cpuSeconds: (user + system) / TICKS, memoryMiB: Number(kibibytes) / 1024 };
}

/** Pid of a process of a lab instance. Throws when it does not run. */
export function pidOf(dir: string, name: string): number {
  const pid = listProcesses(dir).find((process) => process.name === name)?.pid;
  if (pid === undefined) throw new Error(`${name} does not run`);
  return pid;
}
