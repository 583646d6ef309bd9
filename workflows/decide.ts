// The next step of a machine's life, decided from what was just seen and from how far this run has come; what a failure
// means for it, and how long to wait. Pure.
import type { ByoMachineInput, HostView, MachineClaim, MachineView } from '../api/activities.ts';
import { FAILURE_REASONS, type ConditionUpdate } from '../api/conditions.ts';
import type { Reason } from '../api/reasons/reason.ts';
import { attemptOf, type Verb } from '../api/steps.ts';
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

/** One run each (continue-as-new between them): a trace stays whole where one looks for it. */
export type Stage = NonNullable<ByoMachineInput['phase']>;

/** Deletion wins over everything; being bootstrapped is taken from the cluster, never from memory. */
export function decideStage(view: MachineView): Stage {
  if (view.deleting) return 'Teardown';
  return view.bootstrapped ? 'Ready' : 'Provision';
}

/**
 * What a run remembers between two looks; a run that is started afresh reads it back from what the host reports.
 * `next`: the step of this attempt that comes; `Joined` waits for the cluster to say so, `Stopped` for a person.
 */
export type BootstrapProgress = {
  /** Of the claim that these belong to; 0 without a claim. */
  generation: number;
  attempt: number;
  next: 'Reset' | 'Install' | 'Join' | 'Joined' | 'Stopped';
  /** Whole bootstraps tried again after a failure. */
  retries: number;
  /** BootstrapSucceeded=False was seen since the stop, so that its end is news. */
  stopSeen: boolean;
};

export type ProvisionStep =
  | { kind: 'Claim' }
  | { kind: 'Wait'; condition: 'HostClaimed' | 'BootstrapSucceeded'; waiting: Reason }
  | { kind: 'Rest' }
  | { kind: 'RetryBootstrap' }
  | { kind: 'Reset' | 'Install' | 'Join'; claim: MachineClaim };

/** Progress as a run finds it: the host's last operation names the attempt, and its journal answers what has ended. */
export function decideBootstrapProgress(view: MachineView): BootstrapProgress {
  const operation = view.hostOperation?.operation ?? '';
  const attempt = attemptOf(operation);
  // Before the first success of install only install was tried again; after it, count strictly: rather too few tries.
  const retries = view.prepared ? attempt : 0;
  const found = { generation: view.claim?.generation ?? 0, attempt, retries, stopSeen: view.bootstrapFailed };
  if (view.bootstrapFailed) return { ...found, next: 'Stopped' };
  if (operation.startsWith('reset/keep-claim')) return { ...found, next: 'Reset' };
  return { ...found, next: view.prepared && attempt === 0 ? 'Join' : 'Install' };
}

/** Claim first; then install, while bootstrap data may still be waited for; then join. */
export function decideProvisionStep(view: MachineView, progress: BootstrapProgress): ProvisionStep {
  const { claim } = view;
  if (!claim) return decideClaimStep(view);
  const { next } = progress;
  if (next === 'Reset' || next === 'Install') return { kind: next, claim };
  if (next === 'Stopped' && progress.stopSeen && !view.bootstrapFailed) return { kind: 'RetryBootstrap' };
  if (next !== 'Join') return { kind: 'Rest' };
  if (!view.bootstrapGate) return { kind: 'Join', claim };
  return { kind: 'Wait', condition: 'BootstrapSucceeded', waiting: view.bootstrapGate };
}

function decideClaimStep(view: MachineView): ProvisionStep {
  if (!view.claimGate) return { kind: 'Claim' };
  return { kind: 'Wait', condition: 'HostClaimed', waiting: view.claimGate };
}

/** What a teardown run has done. `attempt` names the reset: one that failed has ended, the next is another operation. */
export type TeardownProgress = { drained: boolean; reset: boolean; nodeDeleted: boolean; attempt: number };

export type TeardownStep =
  | { kind: 'Drain' | 'Reset' | 'DeleteNode'; claim: MachineClaim }
  /** Nothing of a re-imaged host is reset. */
  | { kind: 'Forget'; claim: MachineClaim }
  | { kind: 'Wait'; waiting: Reason }
  | { kind: 'Release'; claim?: MachineClaim };

/** What the run of a ByoMachine remembers beside what every run does. */
export type MachineMemory = {
  /** The run's own stage: given by continue-as-new, or by the first look. */
  stage: Stage | undefined;
  bootstrap?: BootstrapProgress;
  teardown?: TeardownProgress;
  /** The machine was not found, and unclaimed, for a whole resync. */
  missing: boolean;
  /** What has come true since something was written last, and is told with the next effect. */
  toTell: ConditionUpdate[];
};

/** Progress as a run finds it: a host whose final reset has begun has no node left to drain. */
export function decideTeardownProgress(view: MachineView): TeardownProgress {
  const attempt = attemptOfReset(view);
  return { drained: attempt !== undefined, reset: false, nodeDeleted: false, attempt: attempt ?? 0 };
}

/** The attempt of the final reset that the host last told of; undefined when none has begun. */
export function attemptOfReset({ hostOperation }: HostView): number | undefined {
  const operation = hostOperation?.operation ?? '';
  return /^reset(#\d+)?$/.test(operation) ? attemptOf(operation) : undefined;
}

/** Core has emptied a machine of a cluster that goes as a whole, and its API is going: no drain, no Node to delete. */
export function decideTeardownStep(view: MachineView, progress: TeardownProgress): TeardownStep {
  const { claim } = view;
  if (!claim) return { kind: 'Release' };
  if (!progress.drained && view.bootstrapped && !view.clusterDeleting) return { kind: 'Drain', claim };
  if (!progress.reset) return view.lost ? decideLostStep(view.lost, claim) : { kind: 'Reset', claim };
  if (!progress.nodeDeleted && view.prepared && !view.clusterDeleting) return { kind: 'DeleteNode', claim };
  return { kind: 'Release', claim };
}

function decideLostStep({ waiting }: NonNullable<MachineView['lost']>, claim: MachineClaim): TeardownStep {
  return waiting ? { kind: 'Wait', waiting } : { kind: 'Forget', claim };
}

/** `offline`: no host took the task in time. Otherwise `reason` is the type of the failure, as activities name it. */
export type Failure = Reason & { offline: boolean; steps?: unknown };

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
 * Milliseconds until an unasked try after so many failed ones in a row. What a host is not clean of may go by itself within
 * a minute; after that only a person takes it away, who says so: it is tried again every two hours, since a try leaves up
 * to 20 events, and no hour shall leave more.
 */
export function decideFailurePause(reason: string, failures: number): number {
  if (reason !== FAILURE_REASONS.notClean) return decideResync(Math.max(0, failures - 1));
  return failures <= 1 ? UNCLEAN_FIRST : UNCLEAN_LONGEST;
}
