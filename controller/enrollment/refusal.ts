// Why an enrollment or a renewal is refused: for our log. Outside, all refusals are one, but to a host that has proven a token.
import { ByoError } from '../../common/errors.ts';

/** What a refused host is told. */
export type Told = { message: string; remedy: string };

/** What every refused host is told, unless it has proven a token: whoever guesses must not learn how near the guess was. */
export const REFUSED = {
  reason: 'EnrolmentRefused',
  message: 'the controller does not admit this host',
  remedy: 'Ask for a new token (`byo enroll create`); the log of the controller and the ByoHostEnrollment tell why',
} as const;

/** A request that must not be granted; `why` is for the operator's eyes, `told` for a host that has proven its token. */
export class Refusal extends Error {
  readonly told: Told;

  constructor(why: string, told: Told = REFUSED) {
    super(why);
    this.name = 'Refusal';
    this.told = told;
  }
}

/** A request that was bent, or that no token or pinned key proves, is a refusal; everything else is trouble of ours. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  return error instanceof ByoError && error.reason === 'Untrusted' ? new Refusal(error.message) : undefined;
}
