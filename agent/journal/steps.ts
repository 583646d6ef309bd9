// Steps of an operation: intent before the act, result after it.
import { z } from 'zod';
import type { StepResult } from '../../api/report/operation-result.ts';
import type { OperationKey } from './operation-key.ts';
import { keyValues } from './operations.ts';
import type { Store } from './store.ts';

/** `boot`: marker of the boot in which it was last written; what a step did may not outlive a boot. */
const StepRecord = z.object({ state: z.enum(['Intended', 'Done']), attempt: z.int(), boot: z.string() });
type StepRecord = z.infer<typeof StepRecord>;

export type StepJournal = {
  findStep(key: OperationKey, step: string): StepRecord | undefined;
  /** Written before the act; answers which attempt this is, counted across restarts. */
  intendStep(key: OperationKey, step: string, boot: string): number;
  finishStep(key: OperationKey, step: string, boot: string): void;
  /** How the steps of an operation went that are done, in the order in which they were begun. */
  listSteps(key: OperationKey): StepResult[];
};

export function createStepJournal(store: Store): StepJournal {
  const findStep = (key: OperationKey, step: string): StepRecord | undefined => {
    const row = store.get(`SELECT state, attempt, boot FROM steps WHERE ${BY_STEP}`, { ...keyValues(key), step });
    return row && StepRecord.parse(row);
  };
  return {
    findStep,
    intendStep(key, step, boot) {
      const attempt = (findStep(key, step)?.attempt ?? 0) + 1;
      store.write(`intend ${step}`, (run) => run(INTEND, { ...keyValues(key), step, boot, attempt, now: now() }));
      return attempt;
    },
    finishStep(key, step, boot) {
      store.write(`finish ${step}`, (run) => run(FINISH, { ...keyValues(key), step, boot, now: now() }));
    },
    listSteps: (key) => store.all(LIST, keyValues(key)).map((row) => timesOf(DoneStep.parse(row))),
  };
}

const DoneStep = z.object({ step: z.string(), attempt: z.int(), startedAt: z.string(), endedAt: z.string() });

/** A clock that was put right in between makes a step shorter than nothing: then it says nothing. */
function timesOf({ step, attempt, startedAt, endedAt }: z.infer<typeof DoneStep>): StepResult {
  const seconds = Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  return { step, startedAt, seconds, attempts: attempt };
}

const BY_STEP = 'incarnation = $incarnation AND generation = $generation AND operation = $operation AND step = $step';
const LIST = `SELECT step, attempt, startedAt, endedAt FROM steps
  WHERE incarnation = $incarnation AND generation = $generation AND operation = $operation AND endedAt IS NOT NULL`;
const INTEND = `INSERT INTO steps (incarnation, generation, operation, step, state, attempt, boot, startedAt)
    VALUES ($incarnation, $generation, $operation, $step, 'Intended', $attempt, $boot, $now)
  ON CONFLICT DO UPDATE SET state = 'Intended', attempt = $attempt, boot = $boot, endedAt = NULL`;
/** A step whose effect was there without any act has no attempt. */
const FINISH = `INSERT INTO steps (incarnation, generation, operation, step, state, attempt, boot, startedAt, endedAt)
    VALUES ($incarnation, $generation, $operation, $step, 'Done', 0, $boot, $now, $now)
  ON CONFLICT DO UPDATE SET state = 'Done', boot = $boot, endedAt = $now`;

function now(): string {
  return new Date().toISOString();
}
