// An operation on a host in the words of a condition: the step is the reason, so that every place shows the same name.
import type { HostView } from '../api/activities.ts';
import { MACHINE_CONDITIONS, WAIT_REASONS, type ConditionUpdate } from '../api/conditions.ts';
import { ANNOTATIONS } from '../api/names.ts';
import type { OperationProgress } from '../api/reported-host.ts';
import { DRAIN_STEPS, INSTALL_STEPS, JOIN_STEPS, RESET_STEPS, type Verb } from '../api/steps.ts';

const STEPS: Record<Verb, readonly string[]> = {
  install: INSTALL_STEPS,
  join: JOIN_STEPS,
  drain: DRAIN_STEPS,
  reset: RESET_STEPS,
};

export type Described = {
  verb: Verb;
  operation: string;
  host: string;
  condition: Pick<ConditionUpdate, 'type' | 'status'>;
  /** Reason while no step is known. */
  reason: string;
};

/** The host's report on this very operation while it runs; anything else that it reports is another story. */
export function findProgress(view: HostView, operation: string): OperationProgress | undefined {
  const reported = view.hostOperation;
  return reported?.operation === operation && reported.state === 'Running' ? reported : undefined;
}

/**
 * The condition while the operation runs. Bytes are left out, since what is said is an event of the history: the controller
 * adds them (controller/machine/decide-progress.ts).
 */
export function describeOperation(of: Described, progress: OperationProgress | undefined): ConditionUpdate {
  const known = STEPS[of.verb];
  const index = known.indexOf(progress?.step ?? '');
  if (!progress?.step || index < 0)
    return { ...of.condition, reason: of.reason, message: `${of.operation} on ${of.host}` };
  const message = `${of.operation} on ${of.host}, step ${index + 1} of ${known.length}`;
  return {
    ...of.condition,
    reason: progress.step,
    message: progress.message ? `${message}: ${progress.message}` : message,
  };
}

/** What is said, in one line of Temporal's UI. */
export function describeConditions(conditions: readonly ConditionUpdate[]): string {
  return conditions.map(({ type, reason }) => `${type}: ${reason}`).join(', ');
}

/** A machine that goes is not kept for ever by a host that will never come back. */
function wayOutOf({ condition }: Described): string {
  const isGoing = condition.type === MACHINE_CONDITIONS.drained || condition.type === MACHINE_CONDITIONS.hostReset;
  if (!isGoing) return '';
  return `. If it is gone for good, give the machine up without it: annotate the ByoMachine with ${ANNOTATIONS.forceRelease}`;
}

/** The condition while the host does not answer: a wait, no failure. */
export function describeOffline(of: Described): ConditionUpdate {
  return {
    ...of.condition,
    reason: WAIT_REASONS.hostOffline,
    message:
      `${of.host} does not answer; ${of.operation} starts or goes on when it does. ` +
      `Check its power, its network and byo-agent.service${wayOutOf(of)}`,
  };
}
