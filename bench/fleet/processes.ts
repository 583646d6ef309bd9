// What the programs of an instance use while it is measured: processor time, and memory at rest and at most.
import { readFile } from 'node:fs/promises';
import { round } from '../statistics.ts';
import { pidOf, usageOf } from '../usage.ts';

const PROGRAMS = ['byo-controller', 'byo-gateway', 'temporal', 'api-server', 'etcd'];
const SAMPLE_MS = 1000;

/** One value for each program of the instance. */
export type ByProgram<Value> = Record<string, Value>;

/** MiB: what is resident, and of that what a process has alone with its share of the rest (PSS). */
export type Memory = { resident: number; proportional: number };

/** CPU seconds since the start of each. */
export function readProcessorTime(dir: string): Promise<ByProgram<number>> {
  return readEach(dir, async (pid) => (await usageOf(pid)).cpuSeconds);
}

export function readMemory(dir: string): Promise<ByProgram<Memory>> {
  return readEach(dir, async (pid) => {
    const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    const read = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) / 1024;
    return { resident: round(read('Rss'), 0), proportional: round(read('Pss'), 0) };
  });
}

/** `run`, and the most that each program had resident in its course, looked at each second. */
export async function watchMemory<Value>(
  dir: string,
  run: () => Promise<Value>,
): Promise<{ value: Value; most: ByProgram<number> }> {
  const most: ByProgram<number> = {};
  const look = async (): Promise<void> => {
    for (const [name, { memoryMiB }] of Object.entries(await readEach(dir, usageOf))) {
      most[name] = Math.max(most[name] ?? 0, round(memoryMiB, 0));
    }
  };
  // A look that fails has found a program dead: the run that is watched finds that out as well, and says why.
  const looking = setInterval(() => void look().catch(() => undefined), SAMPLE_MS);
  try {
    return { value: await run(), most };
  } finally {
    clearInterval(looking);
  }
}

async function readEach<Value>(dir: string, read: (pid: number) => Promise<Value>): Promise<ByProgram<Value>> {
  const values = await Promise.all(PROGRAMS.map(async (name) => [name, await read(pidOf(dir, name))] as const));
  return Object.fromEntries(values);
}
