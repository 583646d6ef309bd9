// Builds controller or gateway as it ships, unless it is built, and prints the arguments of Node that start it, as JSON:
// `node scripts/run.mjs scripts/build-program.ts controller`. scripts/run.mjs starts npm's `controller` and `gateway` by it.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, Command } from 'commander';
import { argumentsOf, PROGRAMS, type Program } from '../packaging/programs.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

await new Command('build-program')
  .description('Builds a program as it ships, below dist/, and prints how Node starts it, as a JSON list.')
  .addArgument(new Argument('<program>', 'which').choices(PROGRAMS))
  .action(async (program: Program) => {
    process.stdout.write(`${JSON.stringify(await argumentsOf(root, program))}\n`);
  })
  .parseAsync();
