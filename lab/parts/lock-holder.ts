// Who holds a lock: a process id and when that process started, since ids are used again.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { hasCode } from '../../common/system-error.ts';

/** A process, told apart from a later one with the same id. `start` is in clock ticks since boot (proc(5), field 22). */
const holderSchema = z.object({ pid: z.number().int().positive(), start: z.string(), boot: z.string() });
export type Holder = z.infer<typeof holderSchema>;

/** This process. */
export async function currentHolder(): Promise<Holder> {
  const start = await startTime(process.pid);
  if (start === undefined) throw new Error('/proc does not list this process: mount proc on /proc');
  return { pid: process.pid, start, boot: await bootId() };
}

/** Reads what `currentHolder` wrote. @throws on anything else, naming the file's content. */
export function parseHolder(text: string): Holder {
  return holderSchema.parse(JSON.parse(text));
}

/** Whether that very process still runs, and not another that was given its id. */
export async function isAlive(holder: Holder): Promise<boolean> {
  return holder.boot === (await bootId()) && holder.start === (await startTime(holder.pid));
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

async function startTime(pid: number): Promise<string | undefined> {
  try {
    return parseStartTime(await readFile(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    // ESRCH: it ended between open and read.
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

/** Field 22 of /proc/PID/stat. The second field, the command's name, may hold blanks and brackets itself. */
export function parseStartTime(stat: string): string | undefined {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
