// `npm run test:plugs`: the scenarios by the names of their files, each with its time.
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { execa } from 'execa';

type Options = { only: string[]; list?: true; keep?: true; testNamePattern?: string };

const folder = import.meta.dirname;
const root = dirname(dirname(dirname(folder)));
const split = (text: string): string[] => text.split(',').filter(Boolean);

async function listScenarios(): Promise<string[]> {
  const ending = '.test.ts';
  return (await readdir(folder)).filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));
}

async function main(names: string[], { only, list, keep, testNamePattern }: Options): Promise<void> {
  const scenarios = await listScenarios();
  if (list) return void process.stdout.write(`${scenarios.join('\n')}\n`);
  const wanted = [...names, ...only];
  const unknown = wanted.filter((name) => !scenarios.includes(name));
  if (unknown.length > 0) command.error(`no scenario ${unknown.join(', ')}: there are ${scenarios.join(', ')}`);
  const filters = [
    ...wanted.map((name) => `test/faults/plugs/${name}.test.ts`),
    ...(testNamePattern ? ['-t', testNamePattern] : []),
  ];
  // The verbose reporter prints a line with the time of every scenario when it has ended.
  const argv = ['run', '--project', 'plugs', '--reporter=verbose', ...filters];
  const env = keep ? { BYO_KEEP_BENCH: '1' } : {};
  const { exitCode } = await execa('vitest', argv, {
    cwd: root,
    preferLocal: true,
    reject: false,
    stdio: 'inherit',
    env,
  });
  process.exitCode = exitCode ?? 1;
}

const command = new Command('npm run test:plugs --')
  .description('Pulls plugs on real parts, each scenario at most 30 minutes; docs/plugs.md says what each one is.')
  .argument('[scenario...]', 'only these')
  .option('--only <scenarios>', 'only these, separated by commas', split, [])
  .option('--list', 'print the names of the scenarios')
  .option('--keep', 'leave the bench up, to look at it or for another scenario on it')
  .option('-t, --test-name-pattern <pattern>', 'only tests whose name fits')
  .action(main);

await command.parseAsync();
