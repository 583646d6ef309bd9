// How long to wait, and what a failed operation on a host means for the next step.
import { FAILURE_REASONS } from '../api/conditions.ts';
import type { Verb } from '../api/steps.ts';
import type { Failure } from './failures.ts';
import {
  ACTIVITY_AGAIN_FIRST,
  ACTIVITY_AGAIN_LONGEST,
  RESYNC_FIRST,
  RESYNC_LONGEST,
  RETRY_LONGEST,
  RETRY_STEP,
  UNCLEAN_FIRST,
  UNCLEAN_LONGEST,
} from './options.ts';

/**
 * `Again`: the same order, sealed anew. `Later`: the operation has ended on the host, the next try has another name.
 * `Anew`: reset the host, then the whole bootstrap again. `Stop`: a person, or remediation, must act.
 */
export type FailureVerdict = 'Again' | 'Later' | 'Anew' | 'Stop';

/** Raised before the host began anything: its journal knows of no operation that ended. */
const NOT_BEGUN = new Set([
  'Reseal',
  'HostBusy',
  'InvalidOrder',
  'ClaimConflict',
  'JournalDamaged',
  'AgentTooOld',
  'DiskFull',
  'DiskReadOnly',
  'DiskFailed',
  'TimedOut',
]);

/** A reset would not help: the document itself, or its token, is at fault. */
const DOCUMENT_AT_FAULT = new Set(['BootstrapDataInvalid', 'BootstrapTokenExpired']);

/** A failed bootstrap is never run again over its own remains (docs/design.md §5). */
export function decideFailure(verb: Verb, failure: Failure): FailureVerdict {
  if (failure.offline || NOT_BEGUN.has(failure.reason)) return 'Again';
  if (verb !== 'join') return 'Later';
  return DOCUMENT_AT_FAULT.has(failure.reason) ? 'Stop' : 'Anew';
}

/** Milliseconds before the next try after so many failures in a row: 0, 5 s, 10 s, 20 s … 10 min. */
export function decideRetryDelay(failures: number): number {
  return failures <= 1 ? 0 : Math.min(RETRY_STEP * 2 ** (failures - 2), RETRY_LONGEST);
}

/** Milliseconds before activities beside the controller are tried again after so many failures: 5, 10, 20 s … 5 min. */
export function decideActivityPause(failures: number): number {
  return Math.min(ACTIVITY_AGAIN_FIRST * 2 ** Math.max(0, failures - 1), ACTIVITY_AGAIN_LONGEST);
}

/** Milliseconds until an unasked look, after so many of them in a row: 1, 2, 4 … 10 min. */
export function decideResync(quietRounds: number): number {
  return Math.min(RESYNC_FIRST * 2 ** quietRounds, RESYNC_LONGEST);
}

/**
 * Milliseconds until an unasked try after so many failed ones in a row. What a host is not clean of only a person takes away:
 * it is tried again after 1 min, 10 min, then every two hours, and whenever somebody says so.
 */
export function decideFailurePause(reason: string, failures: number): number {
  const rounds = Math.max(0, failures - 1);
  if (reason !== FAILURE_REASONS.notClean) return decideResync(rounds);
  return Math.min(UNCLEAN_FIRST * 10 ** rounds, UNCLEAN_LONGEST);
}
