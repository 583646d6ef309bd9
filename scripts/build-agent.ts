// Makes the agent package and prints its path: `node scripts/run.mjs scripts/build-agent.ts [amd64|arm64]`.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, Command } from 'commander';
import { ARCHITECTURE, type Architecture } from '../common/platform.ts';
import { buildAgentPackage } from '../packaging/build-agent-package.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const native: Architecture = ARCHITECTURE;

await new Command('build-agent')
  .description('Makes the package that a host gets: agent, Node, native module, unit, installer.')
  .addArgument(new Argument('[architecture]', 'CPU of the host').choices(['amd64', 'arm64']).default(native))
  .option('--output <folder>', 'where to put it; dist of this checkout when left out')
  .action(async (architecture: Architecture, { output }: { output?: string }) => {
    process.stdout.write(`${await buildAgentPackage({ root, architecture, ...(output ? { output } : {}) })}\n`);
  })
  .parseAsync();
