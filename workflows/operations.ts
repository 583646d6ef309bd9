// Every operation that a host is ordered to carry out, in one table, and how each is: told, sealed, run, and tried again.
import type { HostView, MachineClaim, OperationResult } from '../api/activities.ts';
import {
  CLEANUP_CONDITION,
  FAILURE_REASONS,
  MACHINE_CONDITIONS,
  PROGRESS_REASONS,
  type ConditionUpdate,
} from '../api/conditions.ts';
import { operationOf, type Phase, type Verb } from '../api/steps.ts';
import { decideFailure, decideFailurePause, type Failure } from './decide.ts';
import { describeOffline, describeRunning, runHostOperation, type HostOutcome } from './host-operation.ts';
import type { WorkflowRun } from './run.ts';

/** What the host does, the phase that it belongs to, and the condition and reason by which it is told while it runs. */
export type Operation = {
  verb: Verb;
  phase: Phase;
  condition: Pick<ConditionUpdate, 'type' | 'status'>;
  reason: string;
  /** A reset that leaves the claim open: its bootstrap is tried again. */
  keepClaim?: true;
  /** What a forced release left undone. */
  owed?: true;
};

const PREPARED = { type: MACHINE_CONDITIONS.hostPrepared, status: 'False' } as const;
/** Unknown while anything may still come of it: False is for good, and Cluster API's health checks may act on it. */
const BOOTSTRAP = { type: MACHINE_CONDITIONS.bootstrapSucceeded, status: 'Unknown' } as const;
const DRAINED = { type: MACHINE_CONDITIONS.drained, status: 'False' } as const;
const HOST_RESET = { type: MACHINE_CONDITIONS.hostReset, status: 'False' } as const;
const CLEANED_UP = { type: CLEANUP_CONDITION, status: 'False' } as const;
const { installing, joining, deleting, resetting } = PROGRESS_REASONS;

export const INSTALL = { verb: 'install', phase: 'Prepare', condition: PREPARED, reason: installing } as const;
export const JOIN = { verb: 'join', phase: 'Bootstrap', condition: BOOTSTRAP, reason: joining } as const;
export const RESET_FOR_RETRY = { ...JOIN, verb: 'reset', reason: resetting, keepClaim: true } as const;
export const DRAIN = { verb: 'drain', phase: 'Drain', condition: DRAINED, reason: deleting } as const;
export const RESET = { verb: 'reset', phase: 'Reset', condition: HOST_RESET, reason: resetting } as const;
export const CLEANUP = { ...RESET, condition: CLEANED_UP, owed: true } as const;

/** On which claim, and which try of it. */
export type Order<View extends HostView> = {
  claim: MachineClaim;
  attempt: number;
  /** Kubernetes version, of which the name of an install is made. */
  version?: string | undefined;
  /** Whether what was seen makes the operation pointless: it is then cancelled and left. */
  shouldPreempt: (view: View) => boolean;
  /** What has come true before it, and is told with it. */
  told?: ConditionUpdate[];
};

/**
 * Seals the order and stays with its operation to the end. `Preempted` also when the order cannot be made yet: that is a
 * wait, written as a condition.
 */
export async function perform<View extends HostView>(
  run: WorkflowRun<View>,
  operation: Operation,
  order: Order<View>,
): Promise<HostOutcome> {
  const { verb, phase, condition, reason, keepClaim, owed } = operation;
  const { claim, attempt, version, told = [] } = order;
  run.enterPhase(phase);
  const view = await run.look();
  const name = operationOf(verb, version, attempt, keepClaim);
  const described = { operation: name, host: claim.hostName, condition, reason };
  const away = run.offline || !view.hostConnected;
  const wanted = { claim, verb, ...(attempt && { attempt }), ...(keepClaim && { keepClaim }), ...(owed && { owed }) };
  const sealed = await run.seal(wanted, [...told, away ? describeOffline(described) : describeRunning(described)]);
  if ('waiting' in sealed) {
    await run.block({ ...condition, ...sealed.waiting });
    return { kind: 'Preempted' };
  }
  const { shouldPreempt } = order;
  const outcome = await runHostOperation(run, { claim, order: sealed.order, described, shouldPreempt }, away);
  noteEnd(run, name, outcome);
  return mustSealAnew(run, outcome) ? { kind: 'Preempted' } : outcome;
}

/** Its steps, as a table in the details. */
function noteEnd(run: WorkflowRun, operation: string, outcome: HostOutcome): void {
  if (outcome.kind === 'Succeeded') run.details.note(outcome.result);
  if (outcome.kind !== 'Failed') return;
  const { steps, reason } = outcome.failure;
  run.details.note({ operation, steps, failed: reason });
}

/** An order that lay too long, or was sealed to an older key, is no failure the first time: the next one is fresh. */
function mustSealAnew(run: WorkflowRun, outcome: HostOutcome): boolean {
  if (outcome.kind !== 'Failed' || outcome.failure.reason !== FAILURE_REASONS.reseal || run.failures > 0) return false;
  run.countFailure();
  return true;
}

/**
 * Performs, and answers the result once it has succeeded. A failure is told and waited out; what has ended on the host is
 * another operation the next time.
 */
export async function performOrBackOff<View extends HostView>(
  run: WorkflowRun<View>,
  operation: Operation,
  order: Omit<Order<View>, 'attempt'> & { tries: { attempt: number } },
): Promise<OperationResult | undefined> {
  const { tries, ...rest } = order;
  const outcome = await perform(run, operation, { ...rest, attempt: tries.attempt });
  if (outcome.kind === 'Failed') {
    if (decideFailure(operation.verb, outcome.failure) === 'Later') tries.attempt += 1;
    await backOff(run, outcome.failure, operation.condition);
  }
  if (outcome.kind !== 'Succeeded') return undefined;
  run.failures = 0;
  return outcome.result;
}

/** After a failure: its cause as a condition, then a signal, or the next try's time. */
export async function backOff(
  run: WorkflowRun,
  { reason, message }: Failure,
  about: Pick<ConditionUpdate, 'type' | 'status'>,
): Promise<void> {
  run.countFailure();
  await run.block({ ...about, reason, message }, decideFailurePause(reason, run.failures));
}
