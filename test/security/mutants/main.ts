// `npm run test:mutants`: takes one protection out at a time and shows that the test of its threat notices. A mutant is a
// patch of the product beside this file; the product itself has no switch for any of this.
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { execa } from 'execa';
import { stopWorld } from '../world.ts';
import { readMutants, type Mutant } from './read-mutants.ts';

const root = dirname(dirname(dirname(import.meta.dirname)));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** `noticed`: the tests ran, and at least one failed. `broken`: they did not even run, which proves nothing. */
type Verdict = 'noticed' | 'UNNOTICED' | 'broken';

/** The tree as it stands, uncommitted changes included, with the dependencies of this one. */
async function copyTree(folder: string): Promise<void> {
  const { stdout } = await execa('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root });
  const copies = stdout.split('\n').map((file) => cp(join(root, file), join(folder, file)));
  await Promise.all(copies);
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
}

async function runTest(folder: string, { test, only, project }: Mutant): Promise<Verdict> {
  const output = join(folder, 'mutant-report.json');
  const args = [
    'run',
    '--project',
    project,
    '--reporter=json',
    `--outputFile.json=${output}`,
    test,
    ...(only ? ['-t', only] : []),
  ];
  const env = { BYO_KEEP_SECURITY: '1' };
  const options = { cwd: folder, env, preferLocal: true, localDir: root, reject: false, timeout: 900_000 } as const;
  const { exitCode } = await execa('vitest', args, options);
  if (exitCode === 0) return 'UNNOTICED';
  const report: unknown = await readFile(output, 'utf8').then(JSON.parse, () => ({}));
  return Number(Object(report).numFailedTests ?? 0) > 0 ? 'noticed' : 'broken';
}

async function tryMutant(mutant: Mutant): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'byo-mutant-'));
  try {
    await copyTree(folder);
    // Outside a repository of its own, git would look for one above and apply nothing.
    await execa('git', ['init', '-q'], { cwd: folder });
    await execa('git', ['apply', '--recount', mutant.file], { cwd: folder });
    return await runTest(folder, mutant);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function main(threats: string[]): Promise<void> {
  const all = await readMutants(import.meta.dirname);
  const wanted = all.filter(({ threat }) => threats.length === 0 || threats.includes(threat));
  const verdicts: Verdict[] = [];
  for (const mutant of wanted) {
    const verdict = await tryMutant(mutant);
    verdicts.push(verdict);
    say(`${mutant.threat.padEnd(4)} ${verdict.padEnd(9)} ${mutant.takesOut}  (${mutant.test})`);
  }
  await stopWorld();
  const noticed = verdicts.filter((verdict) => verdict === 'noticed').length;
  say(`\n${noticed} of ${wanted.length} mutants noticed`);
  process.exitCode = wanted.length > 0 && noticed === wanted.length ? 0 : 1;
}

await new Command('npm run test:mutants --')
  .description('Takes each protection out in turn, and shows that the test of its threat fails. About a minute each.')
  .argument('[threat...]', 'only these threats and findings, for instance T1 B3')
  .action(main)
  .parseAsync();
