// Claims as the host knows them: at most one open, generations only rise.
import { z } from 'zod';
import type { Store } from './store.ts';

export type Claim = { incarnation: string; generation: number };

export function isSameClaim(left: Claim, right: Claim): boolean {
  return left.incarnation === right.incarnation && left.generation === right.generation;
}

/** What decides whether an order is obeyed. `resetting`: a reset that closes the open claim has begun; nothing else may begin. */
export type ClaimState = { open?: Claim; resetting: boolean; highest: number; closed: Claim[] };

export type ClaimJournal = {
  readClaims(): ClaimState;
  /** Opens a claim; the database itself refuses a second one. */
  openClaim(claim: Claim): void;
  /** Closes the open claim; a closed one stays closed. */
  closeClaim(claim: Claim): void;
};

/** Operations and steps of this many closed generations are kept for people to read; claims are kept for ever. */
const KEPT_GENERATIONS = 16;

const ClaimRow = z.object({ incarnation: z.string(), generation: z.int(), state: z.enum(['Open', 'Closed']) });

export function createClaimJournal(store: Store): ClaimJournal {
  return {
    readClaims() {
      const rows = store.all('SELECT incarnation, generation, state FROM claims').map((row) => ClaimRow.parse(row));
      const open = rows.find((row) => row.state === 'Open');
      return {
        ...(open && { open: claimOf(open) }),
        resetting: open !== undefined && isResetting(store, open),
        highest: Math.max(0, ...rows.map((row) => row.generation)),
        closed: rows.filter((row) => row.state === 'Closed').map(claimOf),
      };
    },
    openClaim(claim) {
      const insert = `INSERT INTO claims (generation, incarnation, state, openedAt)
        VALUES ($generation, $incarnation, 'Open', $now)`;
      store.write('openClaim', (run) => run(insert, { ...claimOf(claim), now: new Date().toISOString() }), MILESTONE);
    },
    closeClaim(claim) {
      store.write('closeClaim', (run) => runCloseClaim(run, claim), MILESTONE);
    },
  };
}

const MILESTONE = { milestone: true };

function isResetting(store: Store, { incarnation, generation }: Claim): boolean {
  const select = `SELECT 1 FROM operations
    WHERE incarnation = $incarnation AND generation = $generation AND closing = 1 LIMIT 1`;
  return store.get(select, { incarnation, generation }) !== undefined;
}

/** For a transaction that also ends the reset; prunes what nobody asks for any more. */
export function runCloseClaim(
  run: (sql: string, values?: Record<string, string | number>) => void,
  claim: Claim,
): void {
  const { incarnation, generation } = claim;
  run(
    `UPDATE claims SET state = 'Closed', closedAt = $now
      WHERE generation = $generation AND incarnation = $incarnation AND state = 'Open'`,
    { incarnation, generation, now: new Date().toISOString() },
  );
  const oldest = generation - KEPT_GENERATIONS;
  for (const table of ['operations', 'steps', 'units'])
    run(`DELETE FROM ${table} WHERE generation < $oldest`, { oldest });
  // A clean host is its own baseline: the next claim takes a fresh one.
  for (const table of ['baselines', 'notes'])
    run(`DELETE FROM ${table} WHERE generation <= $generation`, { generation });
  run(`DELETE FROM changes WHERE state = 'Undone' AND generation <= $generation`, { generation });
}

function claimOf({ incarnation, generation }: Claim): Claim {
  return { incarnation, generation };
}
