// The SQLite file of the journal: every write one durable transaction, told to the witness when it must never be forgotten.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { ZodError } from 'zod';
import { FAILURE_REASONS } from '../../api/conditions.ts';
import type { ByoError } from '../../common/errors.ts';
import { isDiskError, nameFolderError } from '../host/disk-error.ts';
import { damaged, ensureIdentity, lockJournal, openDatabase, readIdentity } from './open-database.ts';
import { spendReserve } from './reserve.ts';
import { createTransactions, type Run, type Values } from './transactions.ts';
import { decideRollback, readWitness, writeWitness, type Witness } from './witness.ts';

export type { Values };
export type Row = Record<string, SQLOutputValue>;

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
  /** Why it cannot be written at present, if that is so. */
  trouble(): ByoError | undefined;
  close(): void;
};

/**
 * @throws ByoError `JournalDamaged` when it is corrupt or rolled back, `AgentTooOld`, `HostBusy` when in use; `DiskFull`,
 *   `DiskReadOnly`, `DiskFailed` when the file system takes no writes
 */
export function openStore(path: string, onPoint: OnPoint): Store {
  try {
    return openOnce(path, onPoint);
  } catch (error) {
    const named = nameFolderError(error, dirname(path));
    const isFull = isDiskError(named) && named.reason === FAILURE_REASONS.diskFull;
    if (!isFull || !spendReserve(path)) throw named;
    return openOnce(path, onPoint, named);
  }
}

/** `spent`: why the reserve is gone. */
function openOnce(path: string, onPoint: OnPoint, spent?: ByoError): Store {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lock = lockJournal(path);
  try {
    const witness = readOrDamaged(path);
    const gone = existsSync(path) ? undefined : decideRollback(undefined, witness);
    if (gone) throw damaged(gone);
    const database = openDatabase(path);
    try {
      const identity = ensureIdentity(database);
      const contradiction = decideRollback(identity, witness);
      if (contradiction) throw damaged(contradiction);
      if (witness?.milestones !== identity.milestones) writeWitness(path, identity);
      return createStore({ path, database, lock, onPoint, spent });
    } catch (error) {
      database.close();
      throw error;
    }
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

type Parts = {
  path: string;
  database: DatabaseSync;
  lock: DatabaseSync;
  onPoint: OnPoint;
  spent: ByoError | undefined;
};

function createStore({ path, database, lock, onPoint, spent }: Parts): Store {
  const transactions = createTransactions(database, path, spent);
  return {
    folder: dirname(path),
    all: (sql, values = {}) => database.prepare(sql).all(values),
    get: (sql, values = {}) => database.prepare(sql).get(values),
    write(point, work, options = { milestone: false }) {
      onPoint(`before ${point}`);
      const result = transactions.write((run) => {
        if (options.milestone) run('UPDATE identity SET milestones = milestones + 1');
        return work(run);
      });
      onPoint(`after ${point}`);
      if (options.milestone) {
        transactions.guard(() => writeWitness(path, readIdentity(database)));
        onPoint(`witnessed ${point}`);
      }
      return result;
    },
    trouble: () => transactions.trouble(),
    close() {
      database.close();
      lock.close();
    },
  };
}
