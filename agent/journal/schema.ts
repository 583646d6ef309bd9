// The tables of the journal, and the steps from one version of them to the next.
import type { DatabaseSync } from 'node:sqlite';

/**
 * Kept in `PRAGMA user_version`; entry n brings a journal from version n to n + 1, inside one transaction.
 *
 * The rule: an entry only adds (a table, a column with a default, an index, a trigger that fills what an older agent does
 * not write), so that a host can go back to the agent before, which then works on the newer journal as if it were its own.
 * One that cannot be so sets `UPDATE readable SET since = <its own version>`: older agents refuse to work on it.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE identity (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, milestones INTEGER NOT NULL) STRICT;
  CREATE TABLE claims (
    generation INTEGER PRIMARY KEY,
    incarnation TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('Open', 'Closed')),
    openedAt TEXT NOT NULL,
    closedAt TEXT
  ) STRICT;
  CREATE UNIQUE INDEX oneOpenClaim ON claims (state) WHERE state = 'Open';
  CREATE TABLE operations (
    incarnation TEXT NOT NULL,
    generation INTEGER NOT NULL,
    operation TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('Running', 'Stopping', 'Succeeded', 'Failed', 'Stopped')),
    closing INTEGER NOT NULL,
    input TEXT,
    message TEXT NOT NULL,
    error TEXT,
    startedAt TEXT NOT NULL,
    endedAt TEXT,
    PRIMARY KEY (incarnation, generation, operation)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE steps (
    incarnation TEXT NOT NULL,
    generation INTEGER NOT NULL,
    operation TEXT NOT NULL,
    step TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('Intended', 'Done')),
    attempt INTEGER NOT NULL,
    boot TEXT NOT NULL,
    startedAt TEXT NOT NULL,
    endedAt TEXT,
    PRIMARY KEY (incarnation, generation, operation, step)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE units (
    incarnation TEXT NOT NULL,
    generation INTEGER NOT NULL,
    operation TEXT NOT NULL,
    unit TEXT NOT NULL,
    PRIMARY KEY (incarnation, generation, operation, unit)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    incarnation TEXT NOT NULL,
    generation INTEGER NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    old TEXT NOT NULL,
    content BLOB,
    state TEXT NOT NULL CHECK (state IN ('Recorded', 'Undone')),
    recordedAt TEXT NOT NULL,
    undoneAt TEXT
  ) STRICT;
  CREATE UNIQUE INDEX oneRecordPerTarget ON changes (incarnation, generation, kind, target) WHERE state = 'Recorded';
  `,
  `
  CREATE TABLE baselines (
    incarnation TEXT NOT NULL,
    generation INTEGER NOT NULL,
    baseline TEXT NOT NULL,
    takenAt TEXT NOT NULL,
    PRIMARY KEY (incarnation, generation)
  ) STRICT, WITHOUT ROWID;
  `,
  // Which operation began after which is told by a number, never by the wall clock: that may be years off, and put right
  // in between. A trigger gives it, so that rows of an agent that does not know the column have one too.
  `
  ALTER TABLE operations ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
  UPDATE operations SET number = (
    SELECT count(*) FROM operations AS earlier
    WHERE (earlier.startedAt, earlier.generation, earlier.operation)
      <= (operations.startedAt, operations.generation, operations.operation)
  );
  CREATE TRIGGER numberOperation AFTER INSERT ON operations WHEN NEW.number = 0 BEGIN
    UPDATE operations SET number = (SELECT max(number) + 1 FROM operations)
      WHERE incarnation = NEW.incarnation AND generation = NEW.generation AND operation = NEW.operation;
  END;
  `,
  // Of agents from here on, the one that knows version `since` or a later one may work on this journal.
  `
  CREATE TABLE readable (one INTEGER PRIMARY KEY CHECK (one = 1), since INTEGER NOT NULL) STRICT;
  INSERT INTO readable (one, since) VALUES (1, 2);
  `,
  // What an agent does not know it leaves alone: resets of an older one miss these folders, as they always did.
  `
  CREATE TABLE notes (
    incarnation TEXT NOT NULL,
    generation INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    note TEXT NOT NULL,
    notedAt TEXT NOT NULL,
    PRIMARY KEY (incarnation, generation, kind, subject)
  ) STRICT, WITHOUT ROWID;
  `,
  // The states of a target that are ours, by which an undo knows an edit of somebody else; what a person should be told.
  `
  ALTER TABLE changes ADD COLUMN written TEXT;
  ALTER TABLE changes ADD COLUMN note TEXT;
  `,
  // Of the machine, not of a claim: what the end of a reset has to tell outlives the claim that it closes.
  `
  CREATE TABLE hostNotes (
    kind TEXT NOT NULL,
    place INTEGER NOT NULL,
    subject TEXT NOT NULL,
    note TEXT NOT NULL,
    notedAt TEXT NOT NULL,
    PRIMARY KEY (kind, subject)
  ) STRICT, WITHOUT ROWID;
  `,
  // What a step moved, and how long the gateway was out of reach meanwhile: to be told with its end.
  `
  ALTER TABLE steps ADD COLUMN bytes INTEGER;
  ALTER TABLE steps ADD COLUMN awaySeconds REAL;
  `,
];

/** Brings the tables up to date; answers false when a newer agent has written what this one cannot work on. */
export function migrate(database: DatabaseSync, migrations: readonly string[] = MIGRATIONS): boolean {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version > migrations.length) return readableSince(database) <= migrations.length;
  for (const [index, statements] of migrations.entries()) {
    if (index < version) continue;
    database.exec(`BEGIN IMMEDIATE; ${statements} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
  return true;
}

/** The least version that an agent must know; of a journal that does not say it, its own. */
function readableSince(database: DatabaseSync): number {
  const table = database.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'readable'`).get();
  const since = table && database.prepare('SELECT since FROM readable').get()?.['since'];
  return typeof since === 'number' ? since : Infinity;
}
