// The gateway's process from outside: its memory, and whether it is still the same one.
import { readFile } from 'node:fs/promises';
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

/** The highest that was seen while `run` ran. */
export async function highestMemory(world: World, run: () => Promise<void>): Promise<number> {
  let highest = await gatewayMemory(world);
  const look = () => gatewayMemory(world).then((now) => (highest = Math.max(highest, now)));
  // A look that fails finds no process, which `gatewayPid` tells the test afterwards.
  const timer = setInterval(() => void look().catch(() => undefined), 100);
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  return highest;
}
