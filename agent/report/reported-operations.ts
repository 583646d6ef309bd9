// What the report tells of the host's operations.
import type { OperationProgress, Quarantine } from '../../api/report/reported-host.ts';
import type { ClaimState } from '../journal/claims.ts';
import type { Told } from '../leftovers/told.ts';

export type ReportedOperations = {
  claims(): ClaimState;
  /** What runs, or ran last. */
  latest(): OperationProgress | undefined;
  /** Why the host asks to be left alone, if it does. */
  quarantine(): Quarantine | undefined;
  /** What resets have had to tell of this machine. */
  told(): Told;
};
