// The gateway's process from outside: its memory, what it holds open, and whether it is still the same one.
import { readdir, readFile } from 'node:fs/promises';
import { listProcesses } from '../../lab/processes.ts';
import type { World } from './world.ts';

const NAME = 'byo-gateway';

export function gatewayPid({ instance }: World): number {
  const pid = listProcesses(instance.dir).find(({ name }) => name === NAME)?.pid;
  if (pid === undefined) throw new Error('the gateway does not run');
  return pid;
}

/** Resident memory in MiB. */
export async function gatewayMemory(world: World): Promise<number> {
  const text = await readFile(`/proc/${gatewayPid(world)}/status`, 'utf8');
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(text) ?? [];
  if (kibibytes === undefined) throw new Error('the memory of the gateway cannot be read');
  return Number(kibibytes) / 1024;
}

/** Connections, and the few files beside them. */
const countOpen = async (world: World): Promise<number> => (await readdir(`/proc/${gatewayPid(world)}/fd`)).length;

/** The most that was seen while `run` ran: MiB of memory, and how much was open at once. */
export async function watchHighest(world: World, run: () => Promise<void>): Promise<{ memory: number; open: number }> {
  const highest = { memory: await gatewayMemory(world), open: await countOpen(world) };
  const look = async () => {
    highest.memory = Math.max(highest.memory, await gatewayMemory(world));
    highest.open = Math.max(highest.open, await countOpen(world));
  };
  // A look that fails finds no process, which `gatewayPid` tells the test afterwards.
  const timer = setInterval(() => void look().catch(() => undefined), 100);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  return highest;
}
