// An undo puts back what is still as it was left, and nothing else: an edit of somebody's stays, and no link of somebody's
// leads it anywhere.
import { lchown, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeHost, type FakeHost } from '../host/fake-host.ts';
import { openJournal, type Journal } from '../journal/journal.ts';
import type { Ledger } from './ledger.ts';
import { createLedger } from './machine-ledger.ts';
import { snapshotTree } from './snapshot-tree.ts';

let host: FakeHost;
let folder: string;
let journal: Journal;
let ledger: Ledger;

beforeEach(async () => {
  host = await createFakeHost();
  folder = await mkdtemp(join(tmpdir(), 'byo-ledger-'));
  journal = openJournal(join(folder, 'journal.db'));
  ledger = createLedger({ journal, host, claim: { incarnation: 'a', generation: 1 } });
});

afterEach(async () => {
  journal.close();
  await host.remove();
  await rm(folder, { recursive: true, force: true });
});

const MODE = { mode: 0o644 };
const read = (path: string): Promise<string> => readFile(join(host.root, path), 'utf8');
const notes = (): string[] => ledger.listNotes().map(({ path, note }) => `${path} ${note}`);

test('a file that somebody has edited since stays, and what stood there before is put aside', async () => {
  await host.put('/etc/chrony.conf', 'before');
  await host.put('/etc/large', Buffer.alloc(2 * 1024 * 1024, 'x'));
  await ledger.writeFile('/etc/chrony.conf', 'ours', MODE);
  await ledger.writeFile('/etc/large', 'ours', MODE);
  await ledger.writeFile('/etc/made.conf', 'ours', MODE);
  for (const path of ['/etc/chrony.conf', '/etc/large', '/etc/made.conf']) await host.put(path, `edited ${path}`);
  expect(await ledger.undoAll()).toEqual([]);
  for (const path of ['/etc/chrony.conf', '/etc/large', '/etc/made.conf'])
    expect(await read(path)).toBe(`edited ${path}`);
  expect(notes().toSorted()).toEqual([
    expect.stringMatching(
      /^\/etc\/chrony.conf edited since the cluster wrote it: it stays as it is; .*1-etc-chrony.conf$/,
    ),
    expect.stringMatching(/^\/etc\/large edited since .*1-etc-large$/),
    '/etc/made.conf edited since the cluster wrote it: it stays as it is',
  ]);
  expect(await readFile(join(folder, 'before/1-etc-chrony.conf'), 'utf8')).toBe('before');
  expect(await readFile(join(folder, 'before/1-etc-large'), 'utf8')).toHaveLength(2 * 1024 * 1024);
  expect(await ledger.undoAll()).toEqual([]);
});

test('what was edited back, or is gone, or was removed by us and made again, is told from our own work', async () => {
  for (const path of ['/etc/a', '/etc/b', '/etc/c', '/etc/d']) await host.put(path, 'before');
  for (const path of ['/etc/a', '/etc/b']) await ledger.writeFile(path, 'ours', MODE);
  for (const path of ['/etc/c', '/etc/d']) await ledger.removeFile(path);
  await host.put('/etc/a', 'before');
  await rm(join(host.root, 'etc/b'));
  await host.put('/etc/c', 'of somebody');
  expect(await ledger.undoAll()).toEqual([]);
  expect(await Promise.all(['/etc/a', '/etc/b', '/etc/c', '/etc/d'].map(read))).toEqual([
    'before',
    'before',
    'of somebody',
    'before',
  ]);
  expect(notes()).toHaveLength(1);
});

test('what the cluster’s own commands have made of a file is ours, and an own file goes whatever it has become', async () => {
  await host.put('/etc/hosts', 'before\n');
  await ledger.writeFile('/etc/hosts', 'ours\n', MODE);
  await ledger.writeFile('/etc/made.conf', 'ours', MODE);
  await ledger.writeFile('/etc/containerd/config.toml', 'ours', { ...MODE, isOwn: true });
  for (const path of ['/etc/hosts', '/etc/made.conf']) await host.put(path, 'by the document');
  await ledger.noteChanged();
  await host.put('/etc/containerd/config.toml', 'by a pod');
  expect(await ledger.undoAll()).toEqual([]);
  expect(await read('/etc/hosts')).toBe('before\n');
  expect(await host.list('/etc')).toEqual(['hosts']);
  expect(notes()).toEqual([]);
});

test.each([
  ['at its end', (text: string) => `${text}10.0.0.9 nas\n`, '127.0.0.1 localhost\n10.0.0.9 nas\n'],
  ['before ours', (text: string) => `# mine\n${text}`, '# mine\n127.0.0.1 localhost\n'],
])('an append is taken out alone when its file was edited %s', async (_where, edit, expected) => {
  await host.put('/etc/hosts', '127.0.0.1 localhost\n', 0o640);
  await ledger.appendFile('/etc/hosts', Buffer.from('10.0.0.5 registry\n10.0.0.6 api\n'), MODE);
  await host.put('/etc/hosts', edit(await read('/etc/hosts')));
  expect(await ledger.undoAll()).toEqual([]);
  expect(await read('/etc/hosts')).toBe(expected);
  expect(notes()).toEqual(['/etc/hosts edited since the cluster appended to it: only its own lines were taken out']);
});

test('appended bytes that stand there twice stay, and so does the file', async () => {
  await host.put('/etc/hosts', 'first\n');
  await ledger.appendFile('/etc/hosts', Buffer.from('ours\n'), MODE);
  await host.put('/etc/hosts', 'ours\nfirst\nours\n');
  expect(await ledger.undoAll()).toEqual([]);
  expect(await read('/etc/hosts')).toBe('ours\nfirst\nours\n');
  expect(notes()[1]).toContain('/etc/hosts#6 what the cluster appended stands there 2 times, and stays');
});

test('what an older agent has recorded is put back as that one would have', async () => {
  await host.put('/etc/hosts', 'before');
  await ledger.writeFile('/etc/hosts', 'ours', MODE);
  const database = new DatabaseSync(join(folder, 'journal.db'));
  database.exec('UPDATE changes SET written = NULL');
  database.close();
  await host.put('/etc/hosts', 'edited');
  expect(await ledger.undoAll()).toEqual([]);
  expect(await read('/etc/hosts')).toBe('before');
});

type Setting = { before?: string; change: (path: string) => Promise<void> };
const SETTINGS: [string, Setting][] = [
  ['a file that was not there', { change: (path) => ledger.writeFile(path, 'ours', { mode: 0o755 }) }],
  ['a file that was', { before: 'before', change: (path) => ledger.writeFile(path, 'ours', { mode: 0o755 }) }],
  ['a removed file', { before: 'before', change: (path) => ledger.removeFile(path) }],
  ['an appended file', { before: 'before', change: (path) => ledger.appendFile(path, Buffer.from('ours'), MODE) }],
  ['a folder', { change: (path) => ledger.ensureDirectory(path, { mode: 0o755 }) }],
];

test.each(SETTINGS)('%s is not undone through a link that a local user has put on the way', async (_what, setting) => {
  const { before, change } = setting;
  await host.put('/opt/app/conf/other', 'x');
  await host.put('/etc/profile.d/agent.sh', 'of the machine');
  if (before) await host.put('/opt/app/conf/agent.sh', before);
  await change('/opt/app/conf/agent.sh');
  const elsewhere = await snapshotTree(join(host.root, 'etc'));
  await rename(join(host.root, 'opt/app/conf'), join(host.root, 'opt/app/kept'));
  await symlink('../../etc/profile.d', join(host.root, 'opt/app/conf'));
  await lchown(join(host.root, 'opt/app/conf'), 65_534, 65_534);
  const problems = await ledger.undoAll();
  expect(problems.at(-1)).toMatchObject({ problem: expect.stringContaining('/opt/app/conf has become a link') });
  expect(await snapshotTree(join(host.root, 'etc'))).toEqual(elsewhere);
  await rm(join(host.root, 'opt/app/conf'));
  await rename(join(host.root, 'opt/app/kept'), join(host.root, 'opt/app/conf'));
  expect(await ledger.undoAll()).toEqual([]);
  expect(await host.list('/opt/app/conf')).toEqual(before ? ['agent.sh', 'other'] : ['other']);
  expect((await host.readFile('/opt/app/conf/agent.sh'))?.toString()).toBe(before);
});

test('a folder that is gone is no problem', async () => {
  await host.put('/opt/app/agent.sh', 'before');
  await ledger.writeFile('/opt/app/agent.sh', 'ours', MODE);
  await ledger.writeFile('/opt/app/made', 'ours', MODE);
  await mkdir(join(host.root, 'opt/other'));
  await rm(join(host.root, 'opt/app'), { recursive: true });
  expect(await ledger.undoAll()).toEqual([]);
  expect(notes()).toEqual(['/opt/app/agent.sh its folder is gone, and it was not put back']);
});
