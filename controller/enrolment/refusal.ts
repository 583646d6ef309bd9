// Why an enrolment or a renewal is refused: told to our log alone, for outside all refusals are one.
import { ByoError } from '../../common/errors.ts';

/** A request that must not be granted; `why` is for the operator's eyes. */
export class Refusal extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'Refusal';
  }
}

/** What every refused host is told: whoever guesses must not learn how near the guess was. */
export const REFUSED = {
  reason: 'EnrolmentRefused',
  message: 'the controller does not admit this host',
  remedy: 'Ask for a new token (`byo enroll create`); the log of the controller and the ByoHostEnrollment tell why',
} as const;

/** A request that was bent, or that no token or pinned key proves, is a refusal; everything else is trouble of ours. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  return error instanceof ByoError && error.reason === 'Untrusted' ? new Refusal(error.message) : undefined;
}
