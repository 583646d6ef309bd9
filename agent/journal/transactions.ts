// Writing the journal: whole transactions, and what is said when the disk takes none.
import { dirname } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { ByoError } from '../../common/errors.ts';
import { findDiskError, isDiskError, nameFolderError } from '../host/disk-error.ts';
import { FAILURE_REASONS } from '../../api/conditions.ts';
import { keepReserve, spendReserve } from './reserve.ts';

export type Values = Record<string, SQLInputValue>;

/** Executes one statement with named values. */
export type Run = (sql: string, values?: Values) => void;

export type Transactions = {
  /** One durable transaction. @throws ByoError `DiskFull`, `DiskReadOnly`, `DiskFailed` */
  write<Result>(work: (run: Run) => Result): Result;
  /** Whatever else is written for the journal: named in the same way, and given the reserve. */
  guard<Result>(work: () => Result): Result;
  /** Why the journal cannot be written, or could only out of its reserve; looks again at each call, until it can. */
  trouble(): ByoError | undefined;
};

/** `spent`: the error for which the reserve was given before it could be opened. */
export function createTransactions(database: DatabaseSync, path: string, spent?: ByoError): Transactions {
  const wantsReserve = keepReserve(path) || spent !== undefined;
  let failed = spent ?? (wantsReserve ? undefined : findDiskError(dirname(path)));
  const guard = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      const named = nameFolderError(error, dirname(path));
      if (isDiskError(named)) failed = named;
      // A transaction that failed has left nothing: it may be done once more.
      if (isFull(named) && spendReserve(path)) return guard(work);
      throw named;
    }
  };
  return {
    write: (work) => guard(() => transact(database, work)),
    guard,
    trouble() {
      if (!failed) return undefined;
      // What goes through now may have taken the last of the room: a full disk is well when the reserve fits again.
      const isWell = (): boolean => !wantsReserve || keepReserve(path);
      failed = findDiskError(dirname(path)) ?? (isWell() ? undefined : failed);
      return failed;
    },
  };
}

function isFull(error: unknown): boolean {
  return isDiskError(error) && error.reason === FAILURE_REASONS.diskFull;
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
    throw error;
  }
}
