// Steps of an operation: intent before the act, result after it.
import { z } from 'zod';
import type { StepResult } from '../../api/report/operation-result.ts';
import type { OperationKey } from './operation-key.ts';
import { keyValues } from './operations.ts';
import type { Store } from './store.ts';

/** `boot`: marker of the boot in which it was last written; what a step did may not outlive a boot. */
const StepRecord = z.object({ state: z.enum(['Intended', 'Done']), attempt: z.int(), boot: z.string() });
type StepRecord = z.infer<typeof StepRecord>;

/** What an agent has seen of a step while it was done, in this life of its own. */
export type StepCounts = Pick<StepResult, 'bytes' | 'awaySeconds'>;

export type StepJournal = {
  findStep(key: OperationKey, step: string): StepRecord | undefined;
  /** Written before the act; answers which attempt this is, counted across restarts. */
  intendStep(key: OperationKey, step: string, boot: string): number;
  finishStep(key: OperationKey, step: string, boot: string, counts?: StepCounts): void;
  /** The operation ends at it, in a failure. */
  failStep(key: OperationKey, step: string, boot: string, counts?: StepCounts): void;
  /** How the steps of an operation went that are done, or that it failed at, in the order in which they were begun. */
  listSteps(key: OperationKey): StepResult[];
};

export function createStepJournal(store: Store): StepJournal {
  const findStep = (key: OperationKey, step: string): StepRecord | undefined => {
    const row = store.get(`SELECT state, attempt, boot FROM steps WHERE ${BY_STEP}`, { ...keyValues(key), step });
    return row && StepRecord.parse(row);
  };
  const endStep =
    (point: string, state: StepRecord['state']): StepJournal['finishStep'] =>
    (key, step, boot, { bytes = null, awaySeconds = null } = {}) => {
      const values = { ...keyValues(key), step, state, boot, bytes, awaySeconds, now: now() };
      store.write(`${point} ${step}`, (run) => run(END, values));
    };
  return {
    findStep,
    intendStep(key, step, boot) {
      const attempt = (findStep(key, step)?.attempt ?? 0) + 1;
      store.write(`intend ${step}`, (run) => run(INTEND, { ...keyValues(key), step, boot, attempt, now: now() }));
      return attempt;
    },
    finishStep: endStep('finish', 'Done'),
    failStep: endStep('fail', 'Intended'),
    listSteps: (key) => store.all(LIST, keyValues(key)).map((row) => resultOf(EndedStep.parse(row))),
  };
}

const EndedStep = z.object({
  step: z.string(),
  state: StepRecord.shape.state,
  attempt: z.int(),
  startedAt: z.string(),
  endedAt: z.string(),
  bytes: z.int().nullable(),
  awaySeconds: z.number().nullable(),
});

/** A clock that was put right in between makes a step shorter than nothing: then it says nothing. */
function resultOf({ step, state, attempt, startedAt, endedAt, ...counts }: z.infer<typeof EndedStep>): StepResult {
  const seconds = Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  const { bytes, awaySeconds } = counts;
  return {
    step,
    startedAt,
    seconds,
    attempts: attempt,
    ...(bytes !== null && { bytes }),
    ...(awaySeconds !== null && awaySeconds > 0 && { awaySeconds }),
    ...(state === 'Intended' && { failed: true }),
  };
}

const BY_STEP = 'incarnation = $incarnation AND generation = $generation AND operation = $operation AND step = $step';
const LIST = `SELECT step, state, attempt, startedAt, endedAt, bytes, awaySeconds FROM steps
  WHERE incarnation = $incarnation AND generation = $generation AND operation = $operation AND endedAt IS NOT NULL`;
const INTEND = `INSERT INTO steps (incarnation, generation, operation, step, state, attempt, boot, startedAt)
    VALUES ($incarnation, $generation, $operation, $step, 'Intended', $attempt, $boot, $now)
  ON CONFLICT DO UPDATE SET state = 'Intended', attempt = $attempt, boot = $boot, endedAt = NULL`;
/** A step that ends without any act, as when its effect was there, has no attempt. */
const END = `INSERT INTO steps
    (incarnation, generation, operation, step, state, attempt, boot, startedAt, endedAt, bytes, awaySeconds)
    VALUES ($incarnation, $generation, $operation, $step, $state, 0, $boot, $now, $now, $bytes, $awaySeconds)
  ON CONFLICT DO UPDATE SET
    state = $state, boot = $boot, endedAt = $now, bytes = $bytes, awaySeconds = $awaySeconds`;

function now(): string {
  return new Date().toISOString();
}
