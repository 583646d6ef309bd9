// What the journal holds while it cannot be opened in its place: read from a copy in memory, so that a host whose disk is
// full or read-only still says which claim it works for and what it was doing.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ClaimState } from './claims.ts';
import { openJournal } from './journal.ts';
import type { OperationRecord } from './operations.ts';

/** `last`: the operation that began last. */
export type Remembered = { claims: ClaimState; last?: OperationRecord };

/** Memory of the agent's own bound (MemoryMax): a journal that is larger is not told of. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * `memory`: folder on tmpfs. Undefined when there is no journal, or it is too large. @throws whatever keeps it from being
 * read or copied
 */
export function readCopy(path: string, memory: string): Remembered | undefined {
  // The log holds what is not in the database itself yet.
  const files = ['', '-wal'].filter((suffix) => existsSync(path + suffix));
  const bytes = files.reduce((sum, suffix) => sum + statSync(path + suffix).size, 0);
  if (!files.includes('') || bytes > MOST_BYTES) return undefined;
  mkdirSync(memory, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(memory, 'journal-'));
  try {
    const copy = join(folder, 'journal.sqlite');
    for (const suffix of files) copyFileSync(path + suffix, copy + suffix);
    return read(copy);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(copy: string): Remembered {
  const journal = openJournal(copy);
  try {
    const last = journal.listOperations(['Running', 'Stopping', 'Succeeded', 'Failed', 'Stopped']).at(-1);
    return { claims: journal.readClaims(), ...(last && { last }) };
  } finally {
    journal.close();
  }
}
