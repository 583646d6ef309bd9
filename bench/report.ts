// How a bench tells what it found: lines while it goes on, one JSON file for machines at the end.
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { round } from './statistics.ts';

export type Say = (line: string) => void;

/** Options that every bench has. */
export type CommonOptions = { instance: string; json?: string; keep?: boolean };

/** One measured value beside what it should be. */
export type Goal = { what: string; measured: number; goal: string; met: boolean };

export const say: Say = (line) => void process.stdout.write(`${line}\n`);

/** Load averages of one, five and fifteen minutes. */
export const load = (): number[] => loadavg().map((value) => round(value, 2));

/** On what machine it was measured, and how busy that was at the beginning. */
export function describeMachine(): Record<string, unknown> {
  const all = cpus();
  const memoryGiB = round(totalmem() / 1024 ** 3, 0);
  return { cores: all.length, model: all[0]?.model ?? '', memoryGiB, node: process.version, load: load() };
}

/** Tells the goals and writes the file; a goal that was missed fails the command. */
export async function finish(
  name: string,
  result: { goals: Goal[] } & Record<string, unknown>,
  json?: string,
): Promise<void> {
  say('');
  for (const { what, measured, goal, met } of result.goals)
    say(`${met ? 'met   ' : 'MISSED'} ${what}: ${measured} (goal ${goal})`);
  if (json !== undefined) {
    await writeFile(json, `${JSON.stringify({ bench: name, at: new Date().toISOString(), ...result }, null, 2)}\n`);
    say(`report  ${json}`);
  }
  if (result.goals.some(({ met }) => !met)) process.exitCode = 1;
}
