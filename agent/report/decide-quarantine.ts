// Whether the host itself says that nothing may be done with it but a reset. Pure: the journal remembers, so a restart does.
import { FAILURE_REASONS } from '../../api/conditions.ts';
import type { OperationProgress, Quarantine } from '../../api/report/reported-host.ts';
import { printable } from '../../common/errors.ts';
import { isSameClaim, type Claim } from '../journal/claims.ts';
import type { OperationRecord, RecordedError } from '../journal/operations.ts';

const QUARANTINING: readonly string[] = [FAILURE_REASONS.notClean, FAILURE_REASONS.resetBlocked];

/** `ended`: operations with their ends, in the order in which they began. `latest`: what runs, or ran last. */
export type Remembered = { open?: Claim; ended: readonly OperationRecord[]; latest?: OperationProgress };

/** From the reset that could not prove the open claim's host clean; the next one that ends well takes it away. */
export function decideQuarantine({ open, ended, latest }: Remembered): Quarantine | undefined {
  if (!open) return undefined;
  const waiting = latest?.generation === open.generation ? decideWaiting(latest) : undefined;
  const last = ended.findLast(({ key }) => isReset(key.operation) && isSameClaim(key, open));
  return waiting ?? (last?.error && decideFailed(last.error));
}

/** A reset that runs, and says what blocks it. */
function decideWaiting({ operation, state, reason = '', message = '' }: OperationProgress): Quarantine | undefined {
  if (state !== 'Running' || !isReset(operation) || !QUARANTINING.includes(reason)) return undefined;
  return { reason, message };
}

function decideFailed({ reason, message, remedy }: RecordedError): Quarantine | undefined {
  return QUARANTINING.includes(reason) ? { reason, message: printable(`${message}. ${remedy}`) } : undefined;
}

function isReset(operation: string): boolean {
  return /^reset([/#]|$)/.test(operation);
}
