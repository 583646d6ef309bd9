// Runs every suite in turn, prints each one's time beside its budget, and ends with the true counts: `N passed, N failed`.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { execa } from 'execa';
import { readReport, type Counts } from './support/failures.ts';
import { SUITES, type Suite } from './suites.ts';

type Result = Counts & { suite: Suite; seconds: number };

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function runSuite(suite: Suite, folder: string): Promise<Result> {
  say(`\n── ${suite.name}: ${suite.what} (budget ${suite.budgetMinutes} min)`);
  const started = performance.now();
  const output = join(folder, `${suite.name}.json`);
  const args = ['run', '--project', suite.name, '--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
  const { exitCode } = await execa('vitest', args, {
    cwd: root,
    preferLocal: true,
    reject: false,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const counts = await readCounts(output);
  const failed = exitCode === 0 ? counts.failed : Math.max(counts.failed, 1);
  return { suite, ...counts, failed, seconds: (performance.now() - started) / 1000 };
}

/** A report that is missing means that the suite did not even start: no test passed, and the exit status says the rest. */
async function readCounts(path: string): Promise<Counts> {
  try {
    return readReport(await readFile(path, 'utf8'));
  } catch (error) {
    const message = `no report of the suite: ${error instanceof Error ? error.message : String(error)}`;
    say(message);
    return { passed: 0, failed: 1, skipped: 0, failures: [{ test: 'the suite itself', message }] };
  }
}

function describe({ suite, passed, failed, seconds }: Result): string {
  const minutes = (seconds / 60).toFixed(1);
  const over = seconds > suite.budgetMinutes * 60 ? '  OVER BUDGET' : '';
  return `${suite.name.padEnd(12)} ${String(passed).padStart(4)} passed ${String(failed).padStart(3)} failed  ${minutes} of ${suite.budgetMinutes} min${over}`;
}

function tellFailures(results: Result[]): void {
  const failures = results.flatMap((result) => result.failures.map((one) => ({ ...one, suite: result.suite.name })));
  if (failures.length > 0) say('\n── what failed');
  for (const { suite, test, message } of failures) say(`${suite}: ${test}\n  ${message.replaceAll('\n', '\n  ')}`);
}

async function main(only: string[]): Promise<void> {
  const wanted = SUITES.filter(({ name, onDemand }) => (only.length === 0 ? !onDemand : only.includes(name)));
  const folder = await mkdtemp(join(tmpdir(), 'byo-test-'));
  const results: Result[] = [];
  try {
    for (const suite of wanted) results.push(await runSuite(suite, folder));
  } finally {
    await rm(folder, { recursive: true });
  }
  tellFailures(results);
  say('\n── all suites');
  for (const result of results) say(describe(result));
  const sum = (key: 'passed' | 'failed' | 'skipped') => results.reduce((total, result) => total + result[key], 0);
  const skipped = sum('skipped');
  say(`${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
}

await new Command('npm test --')
  .description('Runs the suites on real parts; the first run builds them, which takes up to 25 minutes on 2 cores.')
  .argument('[suite...]', `only these: ${SUITES.map(({ name }) => name).join(', ')}`)
  .action(main)
  .parseAsync();
