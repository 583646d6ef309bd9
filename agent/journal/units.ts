// Which units belong to which operation, so that a stop after a restart of the agent finds them.
import type { OperationKey } from './operation-key.ts';
import type { Claim } from './claims.ts';
import { keyValues } from './operations.ts';
import type { Store } from './store.ts';

export type UnitJournal = {
  /** Written before the unit is started. */
  recordUnit(key: OperationKey, unit: string): void;
  listUnits(key: OperationKey): string[];
  listUnitsOfClaim(claim: Claim): string[];
  /** For when the host has stopped and forgotten it. */
  dropUnit(claim: Claim, unit: string): void;
};

export function createUnitJournal(store: Store): UnitJournal {
  return {
    recordUnit(key, unit) {
      const insert = `INSERT INTO units (incarnation, generation, operation, unit)
        VALUES ($incarnation, $generation, $operation, $unit) ON CONFLICT DO NOTHING`;
      store.write('recordUnit', (run) => run(insert, { ...keyValues(key), unit }));
    },
    listUnits(key) {
      const select = `SELECT unit FROM units WHERE ${OF_CLAIM} AND operation = $operation ORDER BY unit`;
      return store.all(select, keyValues(key)).map((row) => String(row['unit']));
    },
    listUnitsOfClaim({ incarnation, generation }) {
      const select = `SELECT DISTINCT unit FROM units WHERE ${OF_CLAIM} ORDER BY unit`;
      return store.all(select, { incarnation, generation }).map((row) => String(row['unit']));
    },
    dropUnit({ incarnation, generation }, unit) {
      const remove = `DELETE FROM units WHERE ${OF_CLAIM} AND unit = $unit`;
      store.write('dropUnit', (run) => run(remove, { incarnation, generation, unit }));
    },
  };
}

const OF_CLAIM = 'incarnation = $incarnation AND generation = $generation';
