import { copyFile, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournal } from './journal.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byo-journal-'));
  path = join(folder, 'state', 'journal.db');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const claim = { incarnation: 'a', generation: 3 };
const key = { ...claim, operation: 'install/v1.36.3' };

test('what was written is there after a reopen, and only root can read it', async () => {
  const journal = openJournal(path);
  journal.openClaim(claim);
  journal.beginOperation(key, { input: '{"version":"v1.36.3"}', closing: false });
  expect(journal.intendStep(key, 'FetchBundle', 'boot-1')).toBe(1);
  expect(journal.intendStep(key, 'FetchBundle', 'boot-2')).toBe(2);
  journal.finishStep(key, 'FetchBundle', 'boot-2');
  journal.endOperation(key, { state: 'Succeeded', message: 'done' });
  for (const name of await readdir(join(folder, 'state'))) {
    expect({ name, mode: (await stat(join(folder, 'state', name))).mode & 0o077 }).toEqual({ name, mode: 0 });
  }
  journal.close();
  const again = openJournal(path);
  expect(again.readClaims()).toEqual({ open: claim, resetting: false, highest: 3, closed: [] });
  expect(again.findOperation(key)).toEqual({
    key,
    state: 'Succeeded',
    message: 'done',
    input: '{"version":"v1.36.3"}',
  });
  expect(again.findStep(key, 'FetchBundle')).toEqual({ state: 'Done', attempt: 2, boot: 'boot-2' });
  again.close();
});

test('the database itself refuses a second open claim', () => {
  const journal = openJournal(path);
  journal.openClaim(claim);
  expect(() => journal.openClaim({ incarnation: 'b', generation: 4 })).toThrow(/UNIQUE/);
  journal.closeClaim(claim);
  expect(() => journal.openClaim({ incarnation: 'b', generation: 3 })).toThrow(/UNIQUE/);
  journal.openClaim({ incarnation: 'b', generation: 4 });
  expect(journal.readClaims()).toMatchObject({ open: { incarnation: 'b', generation: 4 }, closed: [claim] });
  journal.close();
});

test('a reset that closes shows, and closes in the write that ends it', () => {
  const journal = openJournal(path);
  journal.openClaim(claim);
  const reset = { ...claim, operation: 'reset' };
  journal.beginOperation(reset, { closing: true });
  expect(journal.readClaims().resetting).toBe(true);
  journal.endOperation(reset, { state: 'Succeeded', message: 'clean', closesGeneration: true });
  expect(journal.readClaims()).toEqual({ resetting: false, highest: 3, closed: [claim] });
  journal.close();
});

test('a second process cannot open it', () => {
  const journal = openJournal(path);
  expect(() => openJournal(path)).toThrow(expect.objectContaining({ reason: 'HostBusy', retryable: true }));
  journal.close();
  openJournal(path).close();
});

test('a journal put back to an older state is not believed', async () => {
  const journal = openJournal(path);
  journal.close();
  await copyFile(path, join(folder, 'backup'));
  const later = openJournal(path);
  later.openClaim(claim);
  later.close();
  await copyFile(join(folder, 'backup'), path);
  expect(() => openJournal(path)).toThrow(expect.objectContaining({ reason: 'JournalDamaged', retryable: false }));
  await rm(path);
  expect(() => openJournal(path)).toThrow(/it is gone/);
  await rm(`${path}.witness`);
  expect(openJournal(path).readClaims().highest).toBe(0);
});

test('a witness that lags behind is caught up: the crash came between the two', async () => {
  const journal = openJournal(path);
  const before = await readFile(`${path}.witness`);
  journal.openClaim(claim);
  const after = await readFile(`${path}.witness`, 'utf8');
  journal.close();
  await writeFile(`${path}.witness`, before);
  openJournal(path).close();
  expect(await readFile(`${path}.witness`, 'utf8')).toBe(after);
});

test('bytes that are no database, and pages that are bent, are damage', async () => {
  openJournal(path).close();
  const good = await readFile(path);
  await writeFile(path, 'not a database, but long enough to be looked at as one'.repeat(100));
  expect(() => openJournal(path)).toThrow(expect.objectContaining({ reason: 'JournalDamaged' }));
  await writeFile(path, Buffer.concat([good.subarray(0, 4096), Buffer.alloc(good.length - 4096, 7)]));
  expect(() => openJournal(path)).toThrow(expect.objectContaining({ reason: 'JournalDamaged' }));
});

test('old content of a change is forgotten when it has been put back', () => {
  const journal = openJournal(path);
  const change = { kind: 'path', target: '/etc/hosts', old: '{}', content: Buffer.from('old') };
  journal.recordChange(claim, change);
  journal.recordChange(claim, { ...change, content: Buffer.from('newer: not recorded') });
  const [recorded] = journal.listChanges(claim);
  expect(journal.readContent(recorded?.id ?? 0)?.toString()).toBe('old');
  journal.markUndone(recorded?.id ?? 0);
  expect(journal.listChanges(claim)).toEqual([]);
  expect(journal.readContent(recorded?.id ?? 0)).toBeUndefined();
  journal.recordChange(claim, change);
  expect(journal.listChanges(claim)).toHaveLength(1);
  journal.close();
});
