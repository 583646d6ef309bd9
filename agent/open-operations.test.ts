import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../common/log.ts';
import { createFakeHost, type FakeHost } from './host/fake-host.ts';
import { openOperations } from './open-operations.ts';

let stateDir: string;
let host: FakeHost;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'byo-state-'));
  host = await createFakeHost();
});

afterEach(async () => {
  await rm(stateDir, { recursive: true });
  await host.remove();
});

const order = {
  verb: 'reset',
  hostID: '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11',
  incarnation: 'a',
  generation: 1,
  operation: 'reset',
  issuedAt: 1,
  arguments: { skipEtcdMemberRemoval: false },
} as const;

const open = () => openOperations({ host, log: createLogger('test', 'silent'), stateDir });

test.each([
  ['a journal that is no database', 'journal.sqlite', 'not a database, but long enough to be read as one'.repeat(99)],
  ['a journal that is gone beside its witness', 'journal.sqlite.witness', '{"id":"a","milestones":1}'],
  ['a witness that cannot be read', 'journal.sqlite.witness', 'nonsense'],
])('%s quarantines the host, which obeys no order', async (_what, file, content) => {
  await writeFile(join(stateDir, file), content);
  const { operations, close } = await open();
  expect(operations.quarantine()).toMatchObject({
    reason: 'JournalDamaged',
    message: expect.stringMatching(/restart/),
  });
  await expect(operations.perform(order)).rejects.toMatchObject({ reason: 'JournalDamaged', retryable: false });
  expect(host.commands).toEqual([]);
  close();
});

test('after a way back to an older agent the host keeps its journal, is heard, and asks for the newer one', async () => {
  (await open()).close();
  const database = new DatabaseSync(join(stateDir, 'journal.sqlite'));
  database.exec('PRAGMA user_version = 99; UPDATE readable SET since = 99');
  database.close();
  const { operations, close } = await open();
  const quarantine = operations.quarantine();
  expect(quarantine).toMatchObject({ reason: 'AgentTooOld', message: expect.stringMatching(/newer byo-agent again/) });
  expect(quarantine?.message).not.toMatch(/remove|by hand/);
  // Given again for as long as it takes: a failure for good would have a healthy node reset.
  await expect(operations.perform(order)).rejects.toMatchObject({ reason: 'AgentTooOld', retryable: true });
  expect(host.commands).toEqual([]);
  close();
});

test('a whole journal quarantines nobody, and is locked', async () => {
  const { operations, close } = await open();
  expect(operations.quarantine()).toBeUndefined();
  await expect(open()).rejects.toMatchObject({ reason: 'HostBusy' });
  close();
});

test('a journal that is gone with its witness is no new one while the host bears traces of a claim', async () => {
  await host.put('/etc/systemd/system/kubelet.service', '# Written by byo-agent.\n[Unit]\n');
  const lost = await open();
  expect(lost.operations.quarantine()).toMatchObject({
    reason: 'JournalDamaged',
    message: expect.stringMatching(/gone.*traces of a claim: \/etc\/systemd\/system\/kubelet\.service/),
  });
  await expect(lost.operations.perform(order)).rejects.toMatchObject({ reason: 'JournalDamaged', retryable: false });
  expect(host.commands).toEqual([]);
  await rm(join(host.root, 'etc'), { recursive: true });
  const cleared = await open();
  expect(cleared.operations.quarantine()).toBeUndefined();
  cleared.close();
});

test('a first journal answers nothing from what a lost one has left beside it, and another’s kubelet is no trace', async () => {
  await host.put('/etc/systemd/system/kubelet.service', '[Unit]\n');
  await mkdir(join(stateDir, 'bootstrap'));
  await writeFile(join(stateDir, 'bootstrap', 'byo-runcmd-join-1-a.success'), '');
  const { operations, close } = await open();
  expect(operations.quarantine()).toBeUndefined();
  expect(await readdir(stateDir)).not.toContain('bootstrap');
  close();
  await mkdir(join(stateDir, 'bootstrap'));
  (await open()).close();
  expect(await readdir(stateDir)).toContain('bootstrap');
});
