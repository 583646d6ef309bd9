// The processes that carry the fleet, and their counts added up.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { z } from 'zod';
import type { Counts } from './light-agent.ts';

const Line = z.object({
  dials: z.number(),
  reportDials: z.number(),
  joined: z.number(),
  leases: z.number(),
  polling: z.number(),
  failedPolls: z.number(),
});

export type Load = { counts: () => Counts; stop: () => Promise<void> };

/** Starts all hosts of the fleet at once, spread over so many processes. */
export function startLoad(file: string, hosts: number, processes: number): Load {
  const share = Math.ceil(hosts / processes);
  const running = Array.from({ length: processes }, (_, at) => startOne(file, at * share, (at + 1) * share));
  return {
    counts: () => running.map(({ last }) => last()).reduce(add),
    stop: async () => {
      await Promise.all(running.map(({ end }) => end()));
    },
  };
}

type One = { last: () => Counts; end: () => Promise<void> };

function startOne(file: string, from: number, to: number): One {
  const argv = [join(import.meta.dirname, 'load.ts'), file, String(from), String(to)];
  const child = execa(process.execPath, argv, {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
    buffer: false,
    reject: false,
  });
  let last: Counts = { dials: 0, reportDials: 0, joined: 0, leases: 0, polling: 0, failedPolls: 0 };
  createInterface({ input: child.stdout }).on('line', (line) => (last = Line.parse(JSON.parse(line))));
  const end = async (): Promise<void> => {
    child.stdin.end();
    await child;
  };
  return { last: () => last, end };
}

function add(a: Counts, b: Counts): Counts {
  return {
    dials: a.dials + b.dials,
    reportDials: a.reportDials + b.reportDials,
    joined: a.joined + b.joined,
    leases: a.leases + b.leases,
    polling: a.polling + b.polling,
    failedPolls: a.failedPolls + b.failedPolls,
  };
}
