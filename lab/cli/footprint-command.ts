// `lab footprint`: what of the lab can be seen on the machine, to save before `up` and to compare after `down`.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import { compareFootprints, readFootprint } from '../footprint.ts';
import { print } from './output.ts';

const footprint = z.record(z.string(), z.array(z.string()));

/** Add it to the program. */
export function addFootprintCommand(program: Command): void {
  program
    .command('footprint')
    .description('containers, volumes, links, mounts, firewall, cgroups, kernel settings and processes, as JSON')
    .option('--compare <file>', 'say what differs from a saved one; exit code 1 when anything does')
    .action(async ({ compare }: { compare?: string }) => {
      const now = await readFootprint();
      if (compare === undefined) return print(JSON.stringify(now, null, 2));
      const before = footprint.parse(JSON.parse(readFileSync(compare, 'utf8')));
      const differences = compareFootprints(before, now);
      print(differences.map(({ change, kind, line }) => `${change}  ${kind}  ${line}`).join('\n'));
      process.exitCode = differences.length === 0 ? 0 : 1;
    });
}
