// Operations, their steps and their units, under the key that identifies them for ever.
import { z } from 'zod';
import { FAILURE_REASONS } from '../../api/conditions.ts';
import type { OperationKey } from './operation-key.ts';
import { runCloseClaim } from './claims.ts';
import type { Store, Values } from './store.ts';

export const OPERATION_STATES = ['Running', 'Stopping', 'Succeeded', 'Failed', 'Stopped'] as const;
type OperationState = (typeof OPERATION_STATES)[number];

/** A ByoError as it is kept; its message has been made fit for conditions by whoever threw it. */
const RecordedError = z.object({
  // A newer agent may have recorded one that this one does not know.
  reason: z.enum(FAILURE_REASONS).catch('StepFailed'),
  message: z.string(),
  remedy: z.string(),
});
export type RecordedError = z.infer<typeof RecordedError>;

const OperationRow = z.object({
  incarnation: z.string(),
  generation: z.int(),
  operation: z.string(),
  state: z.enum(OPERATION_STATES),
  input: z.string().nullable(),
  message: z.string(),
  error: z.string().nullable(),
});

/** `input`: the arguments as JSON, when they hold no secret. */
export type OperationRecord = {
  key: OperationKey;
  state: OperationState;
  input?: string;
  message: string;
  error?: RecordedError;
};

type OperationEnd =
  | { state: 'Succeeded'; message: string; closesGeneration?: boolean }
  | { state: 'Failed'; error: RecordedError }
  | { state: 'Stopped' };

export type OperationJournal = {
  findOperation(key: OperationKey): OperationRecord | undefined;
  /** The first that began first, whatever the clock said then. */
  listOperations(states: readonly OperationState[]): OperationRecord[];
  /** Writes down that it runs, before anything of it does; one that has ended stays ended. `closing`: a reset that will close the claim. */
  beginOperation(key: OperationKey, options: { input?: string; closing: boolean }): void;
  /** Written before anything is stopped: after a crash the stop goes on, not the operation. */
  beginStop(key: OperationKey): void;
  /** How it ended; a reset's success closes the claim in the same transaction. */
  endOperation(key: OperationKey, end: OperationEnd): void;
};

export function createOperationJournal(store: Store): OperationJournal {
  return {
    findOperation(key) {
      const row = store.get(`${SELECT} WHERE ${BY_KEY}`, keyValues(key));
      return row && recordOf(OperationRow.parse(row));
    },
    listOperations(states) {
      const rows = store.all(`${SELECT} ORDER BY number`).map((row) => recordOf(OperationRow.parse(row)));
      return rows.filter((record) => states.includes(record.state));
    },
    beginOperation(key, { input, closing }) {
      const values = { ...keyValues(key), input: input ?? null, closing: Number(closing), now: now() };
      store.write('beginOperation', (run) => run(BEGIN, values));
    },
    beginStop(key) {
      const update = `UPDATE operations SET state = 'Stopping' WHERE ${BY_KEY} AND state = 'Running'`;
      store.write('beginStop', (run) => run(update, keyValues(key)));
    },
    endOperation(key, end) {
      store.write('endOperation', (run) => runEnd(run, key, end), { milestone: true });
    },
  };
}

const BY_KEY = 'incarnation = $incarnation AND generation = $generation AND operation = $operation';
const SELECT = 'SELECT incarnation, generation, operation, state, input, message, error FROM operations';
const BEGIN = `INSERT INTO operations
    (incarnation, generation, operation, state, closing, input, message, startedAt)
    VALUES ($incarnation, $generation, $operation, 'Running', $closing, $input, '', $now)
  ON CONFLICT DO UPDATE SET input = $input, closing = $closing WHERE state = 'Running'`;
const END = `UPDATE operations
  SET state = $state, message = $message, error = $error, endedAt = $now WHERE ${BY_KEY}`;

function runEnd(run: (sql: string, values?: Values) => void, key: OperationKey, end: OperationEnd): void {
  const error = end.state === 'Failed' ? JSON.stringify(end.error) : null;
  const message = end.state === 'Succeeded' ? end.message : '';
  run(END, { ...keyValues(key), state: end.state, message, error, now: now() });
  if (end.state === 'Succeeded' && end.closesGeneration) runCloseClaim(run, key);
}

export function keyValues({ incarnation, generation, operation }: OperationKey) {
  return { incarnation, generation, operation };
}

function recordOf(row: z.infer<typeof OperationRow>): OperationRecord {
  return {
    key: keyValues(row),
    state: row.state,
    message: row.message,
    ...(row.input === null ? {} : { input: row.input }),
    ...(row.error === null ? {} : { error: RecordedError.parse(JSON.parse(row.error)) }),
  };
}

function now(): string {
  return new Date().toISOString();
}
