// Conditions while an operation is carried out on a host, and the line of an activity in Temporal's UI.
import { MACHINE_CONDITIONS, WAIT_REASONS, type ConditionUpdate } from '../api/conditions.ts';
import { ANNOTATIONS } from '../api/names.ts';

/** An operation on a host, and the condition that tells of it. */
export type Described = {
  operation: string;
  host: string;
  condition: Pick<ConditionUpdate, 'type' | 'status'>;
  reason: string;
};

/** While it runs; which step that is, the host tells the reconciler (controller/machine/decide-progress.ts). */
export function describeRunning({ operation, host, condition, reason }: Described): ConditionUpdate {
  return { ...condition, reason, message: `${operation} on ${host}` };
}

/** While the host does not answer: a wait, no failure. */
export function describeOffline(of: Described): ConditionUpdate {
  return {
    ...of.condition,
    reason: WAIT_REASONS.hostOffline,
    message:
      `${of.host} does not answer; ${of.operation} starts or goes on when it does. ` +
      `Check its power, its network and byo-agent.service${wayOutOf(of)}`,
  };
}

/** A machine that goes is not kept for ever by a host that will never come back. */
function wayOutOf({ condition }: Described): string {
  const isGoing = condition.type === MACHINE_CONDITIONS.drained || condition.type === MACHINE_CONDITIONS.hostReset;
  if (!isGoing) return '';
  return `. If it is gone for good, give the machine up without it: annotate the ByoMachine with ${ANNOTATIONS.forceRelease}`;
}

/** What is said, in one line of Temporal's UI. */
export function describeConditions(conditions: readonly ConditionUpdate[]): string {
  return conditions.map(({ type, reason }) => `${type}: ${reason}`).join(', ');
}
