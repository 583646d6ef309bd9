// An operation on a host, watched while it runs: signals are heeded at once, progress is shown, a silent host is named.
import { CancellationScope, condition, patched, proxyActivities } from '@temporalio/workflow';
import type { HostActivities, HostView, MachineClaim } from '../api/activities.ts';
import { FAILURE_REASONS, type ConditionUpdate } from '../api/conditions.ts';
import { hostQueueOf } from '../api/names.ts';
import type { SealedOrder } from '../api/orders.ts';
import { describeOffline, describeOperation, findProgress } from './describe-operation.ts';
import { decideActivityPause } from './decide-retry.ts';
import { showDetails } from './details.ts';
import { tellFailing } from './failing.ts';
import { describeActivityFailure, describeFailure, isActivityFailure, type Failure } from './failures.ts';
import { HOST_OPTIONS, LONGEST_ATTEMPT, OFFLINE_AFTER, OFFLINE_STILL_AFTER } from './options.ts';
import { look, mustContinueAsNew, report, setMoveBlocked, tellWorking, type Road } from './road.ts';

export type HostOperation<View extends HostView = HostView> = {
  claim: MachineClaim;
  order: SealedOrder;
  /** Condition that tells of this operation, and its status while it runs. */
  condition: Pick<ConditionUpdate, 'type' | 'status'>;
  /** Reason while no step is known. */
  reason: string;
  /** Whether what was seen makes the operation pointless: it is then cancelled and left. */
  mustLeave(view: View): boolean;
};

/** `Left`: look at the world again before anything else. */
export type HostOutcome = { kind: 'Done'; message: string } | { kind: 'Failed'; failure: Failure } | { kind: 'Left' };

type End = { outcome?: HostOutcome; thrown?: { error: unknown } };

/** Runs or attaches to the operation and stays with it until it ends, or until something else matters more. */
export async function runOnHost<View extends HostView>(
  road: Road<View>,
  operation: HostOperation<View>,
  seen: View,
): Promise<HostOutcome> {
  await setMoveBlocked(road, true);
  showDetails(road, { waiting: undefined });
  await showHost(road, operation, seen);
  const scope = new CancellationScope();
  const end: End = {};
  scope
    .run(() => execute(operation, road.offline || !seen.hostConnected))
    .then(
      (outcome) => void (end.outcome = outcome),
      (error: unknown) => void (end.thrown = { error }),
    );
  const isOver = (): boolean => end.outcome !== undefined || end.thrown !== undefined;
  for (;;) {
    await condition(() => isOver() || road.mustLook);
    if (end.thrown) throw end.thrown.error;
    if (end.outcome) return settle(road, operation, end.outcome);
    const isLeft = await lookAtRunning(road, operation, { scope, isOver });
    if (isLeft) return { kind: 'Left' };
  }
}

type Running = { scope: CancellationScope; isOver: () => boolean };

/** Answers whether the operation was left, since something else matters more. */
async function lookAtRunning<View extends HostView>(
  road: Road<View>,
  operation: HostOperation<View>,
  { scope, isOver }: Running,
): Promise<boolean> {
  try {
    const view = await look(road);
    if (operation.mustLeave(view)) {
      scope.cancel();
      return true;
    }
    // The host goes on without us: the next run attaches to the operation.
    if (mustContinueAsNew()) return true;
    await showHost(road, operation, view);
    await tellWorking(road);
    return false;
  } catch (error) {
    // Whoever went away now would leave the operation without a watcher, and order it a second time.
    if (!isActivityFailure(error) || !patched('stays-with-operation')) throw error;
    await tellFailing(road, describeActivityFailure(error));
    await condition(() => isOver() || road.mustLook, decideActivityPause(road.failing));
    road.mustLook = true;
    return mustContinueAsNew();
  }
}

async function execute({ claim, order }: HostOperation, away: boolean): Promise<HostOutcome> {
  const host = proxyActivities<HostActivities>({
    ...HOST_OPTIONS,
    summary: `${order.operation} on ${claim.hostName}`.slice(0, 100),
    taskQueue: hostQueueOf(claim.hostID),
    startToCloseTimeout: LONGEST_ATTEMPT[order.verb],
    scheduleToStartTimeout: away ? OFFLINE_STILL_AFTER : OFFLINE_AFTER,
  });
  try {
    return readResult(await host[order.verb](order), { claim, order });
  } catch (error) {
    if (!isActivityFailure(error)) throw error;
    return { kind: 'Failed', failure: describeFailure(error) };
  }
}

/**
 * A host may answer anything, and gateways leave out what they cannot read: a result without its shape is a failure of the
 * operation, since an error of the workflow's own code would be tried again for ever, blind to all else.
 */
function readResult(result: unknown, { claim, order }: Pick<HostOperation, 'claim' | 'order'>): HostOutcome {
  const message: unknown = typeof result === 'object' && result !== null ? Reflect.get(result, 'message') : undefined;
  if (typeof message === 'string') return { kind: 'Done', message };
  const said = `${claim.hostName} answered ${order.operation} with a result of an unknown shape`;
  const failure = {
    offline: false,
    reason: FAILURE_REASONS.stepFailed,
    message: `${said}. Update the agent on the host`,
  };
  return { kind: 'Failed', failure };
}

/** An offline host is waited for by scheduling again, without a growing pause: it takes the task once it is back. */
async function settle(road: Road, operation: HostOperation, outcome: HostOutcome): Promise<HostOutcome> {
  road.offline = outcome.kind === 'Failed' && outcome.failure.offline;
  if (!road.offline) return outcome;
  await report(road, describeOffline(describe(operation)));
  return { kind: 'Left' };
}

async function showHost(road: Road, operation: HostOperation, view: HostView): Promise<void> {
  const { operation: name } = operation.order;
  const progress = findProgress(view, name);
  if (progress) road.offline = false;
  const offline = road.offline || !view.hostConnected;
  const update = offline ? describeOffline(describe(operation)) : describeOperation(describe(operation), progress);
  const { reason, message } = update;
  showDetails(road, { step: progress?.step ?? name, waiting: offline ? { reason, message } : undefined });
  await report(road, update);
}

function describe({ order, claim, condition: about, reason }: HostOperation) {
  return { verb: order.verb, operation: order.operation, host: claim.hostName, condition: about, reason };
}
