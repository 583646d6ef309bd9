// The machine as it was when a claim began, kept until the claim is closed.
import { Baseline } from '../baseline/baseline.ts';
import type { Claim } from './claims.ts';
import type { Store } from './store.ts';

export type BaselineJournal = {
  readBaseline(claim: Claim): Baseline | undefined;
  /** The first one stands. */
  recordBaseline(claim: Claim, baseline: Baseline): void;
  /** A step of the claim has been intended or done: the machine may not be as it came any more. */
  hasBegun(claim: Claim): boolean;
  /** The same beside resets: a reset alone says nothing of what the claim has put on the machine. */
  hasWorked(claim: Claim): boolean;
};

export function createBaselineJournal(store: Store): BaselineJournal {
  return {
    readBaseline({ incarnation, generation }) {
      const row = store.get(`SELECT baseline FROM baselines WHERE ${OF_CLAIM}`, { incarnation, generation });
      return row && Baseline.parse(JSON.parse(String(row['baseline'])));
    },
    recordBaseline({ incarnation, generation }, baseline) {
      const values = { incarnation, generation, baseline: JSON.stringify(baseline), now: new Date().toISOString() };
      store.write('recordBaseline', (run) => run(INSERT, values));
    },
    hasWorked({ incarnation, generation }) {
      const select = `SELECT 1 FROM steps WHERE ${OF_CLAIM} AND operation NOT GLOB 'reset*' LIMIT 1`;
      return store.get(select, { incarnation, generation }) !== undefined;
    },
    hasBegun({ incarnation, generation }) {
      return store.get(`SELECT 1 FROM steps WHERE ${OF_CLAIM} LIMIT 1`, { incarnation, generation }) !== undefined;
    },
  };
}

const OF_CLAIM = 'incarnation = $incarnation AND generation = $generation';
const INSERT = `INSERT INTO baselines (incarnation, generation, baseline, takenAt)
  VALUES ($incarnation, $generation, $baseline, $now) ON CONFLICT DO NOTHING`;
