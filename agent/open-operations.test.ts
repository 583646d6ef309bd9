import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  const { operations, close } = open();
  expect(operations.quarantine()).toMatchObject({
    reason: 'JournalDamaged',
    message: expect.stringMatching(/restart/),
  });
  await expect(operations.perform(order)).rejects.toMatchObject({ reason: 'JournalDamaged', retryable: false });
  expect(host.commands).toEqual([]);
  close();
});

test('a whole journal quarantines nobody, and is locked', () => {
  const { operations, close } = open();
  expect(operations.quarantine()).toBeUndefined();
  expect(open).toThrow(expect.objectContaining({ reason: 'HostBusy' }));
  close();
});
