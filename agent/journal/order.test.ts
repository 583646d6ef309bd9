// What began after what, on a host whose clock was wrong and has been put right.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { decideQuarantine } from '../report/decide-quarantine.ts';
import { openJournal, type Journal } from './journal.ts';
import { MIGRATIONS } from './schema.ts';

const claim = { incarnation: 'a', generation: 3 };
const notClean = { reason: 'NotClean', message: 'link wg0', remedy: 'Remove it' } as const;

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byo-journal-'));
  path = join(folder, 'journal.sqlite');
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

function names(journal: Journal): string[] {
  return journal.listOperations(['Running', 'Succeeded', 'Failed']).map(({ key }) => key.operation);
}

test('a reset that failed while the clock was two years ahead does not stay the last one', () => {
  const journal = openJournal(path);
  journal.openClaim(claim);
  const run = (operation: string, at: string, error?: typeof notClean): void => {
    vi.setSystemTime(at);
    journal.beginOperation({ ...claim, operation }, { closing: false });
    const end = error ? { state: 'Failed' as const, error } : { state: 'Succeeded' as const, message: 'done' };
    journal.endOperation({ ...claim, operation }, end);
  };
  run('install/v1', '2026-01-01T00:00:00Z');
  run('reset/keep-claim#1', '2028-01-01T00:00:00Z', notClean);
  run('reset/keep-claim#2', '2026-01-02T00:00:00Z');
  run('join#2', '1970-01-01T00:00:00Z');
  expect(names(journal)).toEqual(['install/v1', 'reset/keep-claim#1', 'reset/keep-claim#2', 'join#2']);
  const ended = journal.listOperations(['Succeeded', 'Failed']);
  expect(decideQuarantine({ open: claim, ended })).toBeUndefined();
  journal.beginOperation({ ...claim, operation: 'drain' }, { closing: false });
  journal.beginOperation({ ...claim, operation: 'drain' }, { closing: false });
  expect(names(journal).at(-1)).toBe('drain');
  journal.close();
});

test('operations that an earlier version wrote keep their order, also those of after a way back to it', () => {
  const old = new DatabaseSync(path);
  for (const statements of MIGRATIONS.slice(0, 2)) old.exec(statements);
  old.exec('PRAGMA user_version = 2');
  insert(old, 'join', '2026-01-03');
  insert(old, 'install/v1', '2026-01-01');
  insert(old, 'reset', '2026-01-03');
  old.close();
  const journal = openJournal(path);
  expect(names(journal)).toEqual(['install/v1', 'join', 'reset']);
  journal.close();
  const back = new DatabaseSync(path);
  insert(back, 'drain', '2025-01-01');
  back.close();
  const again = openJournal(path);
  again.beginOperation({ ...claim, operation: 'reset#1' }, { closing: false });
  expect(names(again)).toEqual(['install/v1', 'join', 'reset', 'drain', 'reset#1']);
  again.close();
});

/** As the agent of the first two versions of the tables writes one. */
function insert(database: DatabaseSync, operation: string, startedAt: string): void {
  database
    .prepare(
      `INSERT INTO operations (incarnation, generation, operation, state, closing, message, startedAt)
       VALUES ('a', 3, $operation, 'Running', 0, '', $startedAt)`,
    )
    .run({ operation, startedAt });
}
