// The test's own tool: loaded before a program that keeps a journal, it knows every write, and every one is met once.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byo-every-write-'));
  await cp(import.meta.dirname, folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'program.ts'), PROGRAM);
});

afterEach(async () => rm(folder, { recursive: true }));

/** Safe to begin again after dying at any line, as the agent is. */
const PROGRAM = `
import { openJournal } from '${join(import.meta.dirname, '../../../agent/journal/journal.ts')}';
const journal = openJournal(import.meta.dirname + '/journal.sqlite');
const claim = { incarnation: 'random', generation: 7 };
const key = { ...claim, operation: 'join#2' };
if (journal.readClaims().highest === 0) journal.openClaim(claim);
journal.beginOperation(key, { closing: false });
journal.recordBaseline(claim, {});
journal.intendStep(key, 'RunBootstrapCommands', 'boot');
journal.recordUnit(key, 'byo-runcmd-join-2-7-0c6a');
journal.recordChange(claim, { kind: 'path', target: '/etc/a', old: '{}' });
const [change] = journal.listChanges(claim);
if (change) journal.markUndone(change.id);
journal.finishStep(key, 'RunBootstrapCommands', 'boot');
journal.dropUnit(claim, 'byo-runcmd-join-2-7-0c6a');
journal.endOperation(key, { state: 'Succeeded', message: '' });
journal.closeClaim(claim);
`;

/** In the order of the program. */
const WRITES = [
  'claims Open',
  'operations join Running',
  'baselines Recorded',
  'steps join RunBootstrapCommands Intended',
  'units join byo-runcmd-join Recorded',
  'changes path /etc/a Recorded',
  'changes path /etc/a Undone',
  'steps join RunBootstrapCommands Done',
  'units byo-runcmd-join Dropped',
  'operations join Succeeded',
  'claims Closed',
];

/** How the program ended: its exit status, or the signal. */
async function runProgram(): Promise<number | string> {
  const argv = ['--import', join(folder, 'at-every-write.ts'), join(folder, 'program.ts')];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, (error) => resolve(error ? (error.signal ?? error.message) : 0));
  });
}

const give = (orders: object): Promise<void> => writeFile(join(folder, 'orders.json'), JSON.stringify(orders));

test('every kind of write has a name, in which nothing is that another life would have otherwise', async () => {
  await give({ deed: 'ask', points: '' });
  await writeFile(join(folder, 'done'), '1000');
  expect(await runProgram()).toBe(0);
  const points = (await readFile(join(folder, 'points'), 'utf8')).trim().split('\n');
  expect(points).toEqual(WRITES.flatMap((write) => [`before ${write}`, `after ${write}`]));
});

test('killed once before and once after each write, the program then comes to its end', async () => {
  await give({ deed: 'kill', points: 'claims Open' });
  const ends: (number | string)[] = [];
  while (ends.at(-1) !== 0 && ends.length < 5) ends.push(await runProgram());
  expect(ends).toEqual(['SIGKILL', 'SIGKILL', 0]);
});

test('a point that asks waits until its deed has been counted', async () => {
  await give({ deed: 'ask', points: '^before claims' });
  const ended = runProgram();
  const points = () => readFile(join(folder, 'points'), 'utf8').catch(() => '');
  await expect.poll(points, { timeout: 20_000 }).toBe('before claims Open\n');
  await writeFile(join(folder, 'done'), '1');
  await expect.poll(points, { timeout: 20_000 }).toContain('Closed');
  await writeFile(join(folder, 'done'), '2');
  expect(await ended).toBe(0);
});
