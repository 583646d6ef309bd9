// The SQLite file of the journal: every write one durable transaction, told to the witness when it must never be forgotten.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { ZodError } from 'zod';
import { ByoError } from '../../common/errors.ts';
import { damaged, ensureIdentity, lockJournal, openDatabase, readIdentity } from './open-database.ts';
import { decideRollback, readWitness, writeWitness, type Witness } from './witness.ts';

export type Row = Record<string, SQLOutputValue>;
export type Values = Record<string, SQLInputValue>;

/** Executes one statement with named values. */
export type Run = (sql: string, values?: Values) => void;

/** Called before and after every write, for tests that let the process die there. */
export type OnPoint = (point: string) => void;

/** Synchronous on purpose: between a look and the write that follows from it nothing else can run. */
export type Store = {
  /** Folder of the journal: files that belong to it live beside it. */
  readonly folder: string;
  all(sql: string, values?: Values): Row[];
  get(sql: string, values?: Values): Row | undefined;
  /** One durable transaction. `milestone` also tells the witness: claims, and ends of operations. */
  write<Result>(point: string, work: (run: Run) => Result, options?: { milestone: boolean }): Result;
  close(): void;
};

/** @throws ByoError `JournalDamaged` when it is corrupt or rolled back, `AgentTooOld`, `HostBusy` when in use */
export function openStore(path: string, onPoint: OnPoint): Store {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lock = lockJournal(path);
  try {
    const witness = readOrDamaged(path);
    const gone = existsSync(path) ? undefined : decideRollback(undefined, witness);
    if (gone) throw damaged(gone);
    const database = openDatabase(path);
    const identity = ensureIdentity(database);
    const contradiction = decideRollback(identity, witness);
    if (contradiction) throw damaged(contradiction);
    if (witness?.milestones !== identity.milestones) writeWitness(path, identity);
    return createStore({ path, database, lock, onPoint });
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Written in one piece, so that a bent one is no crash of ours: the disk cannot be trusted either. */
function readOrDamaged(path: string): Witness | undefined {
  try {
    return readWitness(path);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof ZodError)) throw error;
    throw damaged('the witness beside it cannot be read', error);
  }
}

type Parts = { path: string; database: DatabaseSync; lock: DatabaseSync; onPoint: OnPoint };

function createStore({ path, database, lock, onPoint }: Parts): Store {
  return {
    folder: dirname(path),
    all: (sql, values = {}) => database.prepare(sql).all(values),
    get: (sql, values = {}) => database.prepare(sql).get(values),
    write(point, work, options = { milestone: false }) {
      onPoint(`before ${point}`);
      const result = transact(database, (run) => {
        if (options.milestone) run('UPDATE identity SET milestones = milestones + 1');
        return work(run);
      });
      onPoint(`after ${point}`);
      if (options.milestone) {
        writeWitness(path, readIdentity(database));
        onPoint(`witnessed ${point}`);
      }
      return result;
    },
    close() {
      database.close();
      lock.close();
    },
  };
}

function transact<Result>(database: DatabaseSync, work: (run: Run) => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work((sql, values = {}) => void database.prepare(sql).run(values));
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk may already have ended the transaction.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw nameFullDisk(error);
  }
}

/** SQLITE_FULL (sqlite.org/rescode.html): the host waits for space, with a name for what it waits for. */
export function nameFullDisk(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || error.errcode !== 13) return error;
  return new ByoError('DiskFull', 'the journal cannot be written: the disk is full', {
    remedy: 'Free space on the host below /var/lib; the operation goes on by itself',
    retryable: true,
    cause: error,
  });
}
