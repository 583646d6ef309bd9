// An operation on a host, watched while it runs: a signal is acted on at once, a silent host is named, and a condition
// tells of it.
import { CancellationScope, condition, proxyActivities } from '@temporalio/workflow';
import type { HostActivities, HostView, MachineClaim, OperationResult } from '../api/activities.ts';
import { FAILURE_REASONS, MACHINE_CONDITIONS, WAIT_REASONS, type ConditionUpdate } from '../api/conditions.ts';
import { ANNOTATIONS, hostQueueOf } from '../api/names.ts';
import type { PackedOrder, SealedOrder } from '../api/orders.ts';
import type { Verb } from '../api/steps.ts';
import { decideActivityPause, type Failure } from './decide.ts';
import { describeActivityFailure, describeFailure, isActivityFailure, tellFailing } from './failures.ts';
import { HOST_OPTIONS, LONGEST_ATTEMPT, OFFLINE_AFTER, OFFLINE_STILL_AFTER } from './options.ts';
import type { WorkflowRun } from './run.ts';

export type HostOperation<View extends HostView = HostView> = {
  claim: MachineClaim;
  order: SealedOrder | PackedOrder;
  described: Described;
  /** Whether what was seen makes the operation pointless: it is then cancelled and left. */
  shouldPreempt: (view: View) => boolean;
};

/** An operation as it is told and run. */
type Ordered = Omit<HostOperation, 'shouldPreempt'>;

/** `Preempted`: look at the world again before anything else. */
export type HostOutcome =
  { kind: 'Succeeded'; result: OperationResult } | { kind: 'Failed'; failure: Failure } | { kind: 'Preempted' };

type End = { outcome?: HostOutcome; thrown?: { error: unknown } };

/** Runs or attaches to the operation and stays with it until it ends, or until something else matters more. */
export async function runHostOperation<View extends HostView>(
  run: WorkflowRun<View>,
  operation: HostOperation<View>,
  away: boolean,
): Promise<HostOutcome> {
  run.show({ waiting: away ? describeOffline(operation.described) : undefined, operation: operation.order.operation });
  const scope = new CancellationScope();
  const end: End = {};
  scope
    .run(() => execute(operation, away))
    .then(
      (outcome) => void (end.outcome = outcome),
      (error: unknown) => void (end.thrown = { error }),
    );
  const isOver = (): boolean => end.outcome !== undefined || end.thrown !== undefined;
  for (;;) {
    await condition(() => isOver() || run.isAsked);
    if (end.thrown) throw end.thrown.error;
    if (end.outcome) return settle(run, operation, end.outcome);
    if (await lookAtRunning(run, operation, { scope, isOver })) return { kind: 'Preempted' };
  }
}

type Running = { scope: CancellationScope; isOver: () => boolean };

/** Answers whether the operation was left, since something else matters more. */
async function lookAtRunning<View extends HostView>(
  run: WorkflowRun<View>,
  operation: HostOperation<View>,
  { scope, isOver }: Running,
): Promise<boolean> {
  try {
    const view = await run.look();
    if (operation.shouldPreempt(view)) {
      scope.cancel();
      return true;
    }
    // The host goes on without us: the next run attaches to the operation.
    if (run.mustContinueAsNew()) return true;
    await showHost(run, operation, view);
    await run.tellWorking();
    return false;
  } catch (error) {
    // Whoever went away now would leave the operation without a watcher, and order it a second time.
    if (!isActivityFailure(error)) throw error;
    await tellFailing(run, describeActivityFailure(error));
    await condition(() => isOver() || run.isAsked, decideActivityPause(run.failing));
    run.askAgain();
    return run.mustContinueAsNew();
  }
}

async function execute({ claim, order }: Ordered, away: boolean): Promise<HostOutcome> {
  const host = proxyActivities<HostActivities>({
    ...HOST_OPTIONS,
    summary: `${order.operation} on ${claim.hostName}`.slice(0, 100),
    taskQueue: hostQueueOf(claim.hostID),
    startToCloseTimeout: LONGEST_ATTEMPT[order.verb],
    scheduleToStartTimeout: away ? OFFLINE_STILL_AFTER : OFFLINE_AFTER,
  });
  try {
    return readResult(await host[order.verb](...payloadsOf(order)), { claim, order });
  } catch (error) {
    if (!isActivityFailure(error)) throw error;
    return { kind: 'Failed', failure: describeFailure(error) };
  }
}

/** What is sealed into bytes goes as bytes, in a payload of its own. */
function payloadsOf(order: SealedOrder | PackedOrder): Parameters<HostActivities[Verb]> {
  const { sealed, ...envelope } = order;
  return typeof sealed === 'string' ? [{ ...envelope, sealed }] : [envelope, sealed];
}

/**
 * A host may answer anything, and gateways leave out what they cannot read: a result without its shape is a failure of the
 * operation, since an error of the workflow's own code would be tried again for ever, blind to all else.
 */
function readResult(result: OperationResult, { claim, order }: Omit<Ordered, 'described'>): HostOutcome {
  const message: unknown = typeof result === 'object' && result !== null ? Reflect.get(result, 'message') : undefined;
  if (typeof message === 'string') return { kind: 'Succeeded', result };
  const said = `${claim.hostName} answered ${order.operation} with a result of an unknown shape`;
  const failure = {
    offline: false,
    reason: FAILURE_REASONS.stepFailed,
    message: `${said}. Update the agent on the host`,
  };
  return { kind: 'Failed', failure };
}

/** An offline host is waited for by scheduling again, without a growing pause: it takes the task once it is back. */
async function settle(run: WorkflowRun, operation: Ordered, outcome: HostOutcome): Promise<HostOutcome> {
  run.offline = outcome.kind === 'Failed' && outcome.failure.offline;
  // What comes next after a success confirms what it acts on by itself; whatever went wrong is looked at afresh.
  if (outcome.kind !== 'Succeeded') run.forgetSeen();
  if (!run.offline) return outcome;
  await run.report(describeOffline(operation.described));
  return { kind: 'Preempted' };
}

async function showHost(run: WorkflowRun, { order, described }: Ordered, view: HostView): Promise<void> {
  const { hostOperation: told } = view;
  if (told?.operation === order.operation && told.state === 'Running') run.offline = false;
  const offline = run.offline || !view.hostConnected;
  const update = offline ? describeOffline(described) : describeRunning(described);
  const { reason, message } = update;
  run.show({ operation: order.operation, waiting: offline ? { reason, message } : undefined });
  await run.report(update);
}

/** An operation on a host, and the condition that tells of it. */
export type Described = {
  operation: string;
  host: string;
  condition: Pick<ConditionUpdate, 'type' | 'status'>;
  reason: string;
};

/** While it runs; which step that is, the host tells the reconciler (controller/machine/decide-progress.ts). */
export function describeRunning({ operation, host, condition: about, reason }: Described): ConditionUpdate {
  return { ...about, reason, message: `${operation} on ${host}` };
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
function wayOutOf({ condition: { type } }: Described): string {
  const isGoing = type === MACHINE_CONDITIONS.drained || type === MACHINE_CONDITIONS.hostReset;
  if (!isGoing) return '';
  return `. If it is gone for good, give the machine up without it: annotate the ByoMachine with ${ANNOTATIONS.forceRelease}`;
}
