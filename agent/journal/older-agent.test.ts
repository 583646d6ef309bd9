// A host goes back one version of its agent: the journal that the newer one has written is no reason to lose it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournal } from './journal.ts';
import { migrate, MIGRATIONS } from './schema.ts';

const claim = { incarnation: 'a', generation: 3 };

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byo-journal-'));
  path = join(folder, 'journal.sqlite');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function alter(statements: string): void {
  const database = new DatabaseSync(path);
  database.exec(statements);
  database.close();
}

test.each([
  ['says nothing of older agents', 'PRAGMA user_version = 99; DROP TABLE readable'],
  ['says that this agent is too old for it', 'PRAGMA user_version = 99; UPDATE readable SET since = 99'],
])('a journal of a newer agent that %s is left alone, and nobody is told to remove it', (_what, statements) => {
  openJournal(path).close();
  alter(statements);
  const refused = catchError(() => openJournal(path));
  expect(refused).toMatchObject({ reason: 'AgentTooOld', retryable: true, message: expect.stringMatching(/newer/) });
  expect(refused).toMatchObject({ remedy: expect.stringMatching(/newer byo-agent again.*must stay/) });
  expect(refused).not.toMatchObject({ remedy: expect.stringMatching(/remove/) });
});

test('a journal that only got more is worked on, and the newer agent finds what was done', () => {
  openJournal(path).close();
  alter(`PRAGMA user_version = 99; CREATE TABLE later (x TEXT) STRICT;
    ALTER TABLE operations ADD COLUMN later TEXT NOT NULL DEFAULT ''`);
  const journal = openJournal(path);
  journal.openClaim(claim);
  journal.beginOperation({ ...claim, operation: 'join' }, { closing: false });
  const error = { reason: 'StepFailed', message: 'what it says', remedy: 'stays' } as const;
  journal.endOperation({ ...claim, operation: 'join' }, { state: 'Failed', error });
  journal.close();
  alter(`UPDATE operations SET error = replace(error, 'StepFailed', 'OfALaterVersion')`);
  const again = openJournal(path);
  expect(again.findOperation({ ...claim, operation: 'join' })?.error).toEqual(error);
  again.close();
  const database = new DatabaseSync(path);
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 });
  database.close();
});

/** What every agent writes since version 2 of the tables; their later columns are filled by default or trigger. */
const WRITES = `
  INSERT INTO claims (generation, incarnation, state, openedAt) VALUES (1, 'a', 'Open', '');
  INSERT INTO operations (incarnation, generation, operation, state, closing, message, startedAt)
    VALUES ('a', 1, 'join', 'Running', 0, '', '');
  INSERT INTO steps (incarnation, generation, operation, step, state, attempt, boot, startedAt)
    VALUES ('a', 1, 'join', 'CheckSentinel', 'Intended', 1, 'b', '');
  INSERT INTO units (incarnation, generation, operation, unit) VALUES ('a', 1, 'join', 'u');
  INSERT INTO changes (incarnation, generation, kind, target, old, state, recordedAt)
    VALUES ('a', 1, 'path', '/etc/hosts', '{}', 'Recorded', '');
  INSERT INTO baselines (incarnation, generation, baseline, takenAt) VALUES ('a', 1, '{}', '');
`;

test('the tables of this version are ones that every older agent can work on which they say can', () => {
  openJournal(path).close();
  const database = new DatabaseSync(path);
  const since = Number(database.prepare('SELECT since FROM readable').get()?.['since']);
  // Who raises it takes the way back to the version before from every host: that is to be said in the CHANGELOG.
  expect(since).toBe(2);
  for (let known = since; known < MIGRATIONS.length; known += 1)
    expect(migrate(database, MIGRATIONS.slice(0, known))).toBe(true);
  expect(migrate(database, MIGRATIONS.slice(0, since - 1))).toBe(false);
  database.exec(WRITES);
  expect(migrate(database)).toBe(true);
  database.close();
});

function catchError(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
