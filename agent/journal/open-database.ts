// Opening the journal's file: one agent at a time, checked before it is believed.
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ByoError } from '../../common/errors.ts';
import { migrate } from './schema.ts';
import { Witness } from './witness.ts';

/** SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html); extended codes carry these in their low byte. */
const DAMAGE_CODES = [11, 26];

const BUSY = 5;

/** Held until closed or until the process dies: the kernel takes the lock of a killed process away. */
export function lockJournal(path: string): DatabaseSync {
  makePrivate(`${path}.lock`);
  const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    // A full or a read-only disk refuses the lock as well, and is another reason with another remedy.
    if (codeOf(cause) !== BUSY) throw cause;
    throw new ByoError('HostBusy', 'another agent has the journal of this host open', {
      remedy: 'End the other byo-agent process; this one tries again',
      retryable: true,
      cause,
    });
  }
}

/** WAL with synchronous=FULL: a commit that returned survives a power loss. */
export function openDatabase(path: string): DatabaseSync {
  makePrivate(path);
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    const verdict = database.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
    if (verdict !== 'ok') throw damaged(`its pages are corrupt (${String(verdict).slice(0, 200)})`);
    if (!migrate(database)) throw agentTooOld();
    return database;
  } catch (error) {
    database.close();
    throw isDamage(error) ? damaged('it is not readable as a database', error) : error;
  }
}

/** Made by us first, so that it and the files that SQLite puts beside it are 0600. */
function makePrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}

/** The journal's own identity, made with it. */
export function ensureIdentity(database: DatabaseSync): Witness {
  const insert = 'INSERT INTO identity (one, id, milestones) VALUES (1, $id, 0) ON CONFLICT DO NOTHING';
  database.prepare(insert).run({ id: randomUUID() });
  return readIdentity(database);
}

export function readIdentity(database: DatabaseSync): Witness {
  return Witness.parse(database.prepare('SELECT id, milestones FROM identity').get());
}

export function damaged(how: string, cause?: unknown): ByoError {
  return new ByoError('JournalDamaged', `the journal of this host cannot be trusted: ${how}`, {
    remedy:
      'Prove the host clean by hand, then remove journal.sqlite* in its state folder and restart byo-agent; it takes new claims then',
    retryable: false,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The journal is whole, and the way back is the newer agent: whoever removed it would lose the claim and what to undo. */
function agentTooOld(): ByoError {
  return new ByoError('AgentTooOld', 'a newer version of byo-agent has written the journal of this host', {
    remedy:
      'Install the newer byo-agent again (its install.sh); the journal is whole and must stay, orders are refused until then',
    // The same order is good once the agent is: nothing has failed, and nothing may be reset for it.
    retryable: true,
  });
}

function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && DAMAGE_CODES.includes(code);
}

function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
}
