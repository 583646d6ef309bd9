// What each reason in a condition means and what a person can do: docs/conditions.md and `byo explain` are made of this.
import type { ENROLLMENT_REASONS, FAILURE_REASONS, PROGRESS_REASONS, WAIT_REASONS } from '../conditions.ts';
import { FAILURES } from './failures.ts';
import { ENROLLMENTS, PROGRESS } from './progress.ts';
import { STEPS } from './steps.ts';
import { WAITS } from './waits.ts';
import type { HostStep } from '../steps.ts';

/**
 * A reason, explained. `cause`: what is so, as a sentence. `remedy`: what a person does, as a sentence; absent where nothing
 * needs to be done.
 */
export type Explanation = { cause: string; remedy?: string };

type ValueOf<T> = T[keyof T];
/** Every reason that a condition of our kinds may have; `satisfies` in each table below keeps them complete. */
export type KnownReason =
  | ValueOf<typeof WAIT_REASONS>
  | ValueOf<typeof PROGRESS_REASONS>
  | ValueOf<typeof ENROLLMENT_REASONS>
  | ValueOf<typeof FAILURE_REASONS>
  | HostStep;

/** The tables in the order in which a person meets them; a reason that stands in two means what the first says. */
export const REASON_TABLES: { title: string; what: string; reasons: Partial<Record<KnownReason, Explanation>> }[] = [
  {
    title: 'Something is waited for',
    what: 'Nothing has failed. It goes on by itself once the cause ends.',
    reasons: WAITS,
  },
  {
    title: 'A step runs',
    what: 'Each step on the host is a reason of its own while it runs, in the order of the operations.',
    reasons: STEPS,
  },
  {
    title: 'Something has failed',
    what: 'The message names what, and quotes what the host said of it.',
    reasons: FAILURES,
  },
  { title: 'As it should be, or on the way', what: 'Nothing needs to be done.', reasons: PROGRESS },
  { title: 'An enrollment', what: 'Reasons of the condition `Open` of a ByoHostEnrollment.', reasons: ENROLLMENTS },
];

/** What a reason means; undefined for a word that is no reason of ours. */
export function explainReason(reason: string): Explanation | undefined {
  for (const { reasons } of REASON_TABLES) {
    const found = Object.entries(reasons).find(([name]) => name === reason);
    if (found) return found[1];
  }
  return undefined;
}
