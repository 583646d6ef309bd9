// The activities on a host, by the names that the workflow calls them, each an order from its seal to its result: opened,
// checked, performed, with a heartbeat that carries the progress.
import { Context } from '@temporalio/activity';
import type { HostActivities, OperationResult } from '../../api/activities.ts';
import type { Order } from '../../api/orders.ts';
import type { OperationProgress } from '../../api/report/reported-host.ts';
import type { Verb } from '../../api/steps.ts';
import { ByoError, describeError, printable } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { toFailure } from '../failure.ts';
import { readOrder, type OrderReading } from './read-order.ts';

/** The operations of this host. All reject with ByoError. */
export type HostOperations = OrderReading['operations'] & {
  /** Starts the operation of an order, or attaches to it, or answers it from the journal. `ClaimConflict`, `HostBusy`, … */
  perform(order: Order): Promise<OperationResult>;
  /** Ends the operation of an order with everything it started. */
  stop(order: Order): Promise<void>;
  /** Of the operation of an order, while it runs. */
  progressOf(order: Order): OperationProgress | undefined;
};

/** The tasks of Temporal that this process carries out; neither rejects, since no order hangs on them. */
export type PendingTasks = {
  /** Before anything is done for the task of this token. */
  note(token: Uint8Array): Promise<void>;
  /** It is answered. */
  remove(token: Uint8Array): Promise<void>;
};

/** What the activities need of their host; the agent hands it in, a test hands in its own. */
export type HostActivityDeps = OrderReading & {
  operations: HostOperations;
  pendingTasks: PendingTasks;
  log: Logger;
};

/** One per verb, over the operations that the agent hands in. */
export function createHostActivities(deps: HostActivityDeps): HostActivities {
  return {
    /** From a bare host to a running containerd and an enabled kubelet. */
    install: (...order) => performOrder(deps, 'install', order),
    /** The bootstrap document, executed as cloud-init would. */
    join: (...order) => performOrder(deps, 'join', order),
    /** Pods leave this Node, within a bound. */
    drain: (...order) => performOrder(deps, 'drain', order),
    /** Back to the host as it came; stops whatever else runs first. */
    reset: (...order) => performOrder(deps, 'reset', order),
  };
}

const HEARTBEAT_MILLISECONDS = 5000;

/** @throws ApplicationFailure as `toFailure` maps it; CancelledFailure when the activity was cancelled */
async function performOrder(deps: HostActivityDeps, verb: Verb, input: readonly unknown[]): Promise<OperationResult> {
  const context = Context.current();
  const { taskToken } = context.info;
  await deps.pendingTasks.note(taskToken);
  try {
    const order = await readOrder(deps, verb, input);
    const result = await attach(deps, order);
    if (order.verb === 'reset' && !order.arguments.keepClaim) await deps.sealingKeys.forgetPrevious();
    return result;
  } catch (error) {
    if (context.cancellationSignal.aborted) throw error;
    deps.log.warn({ verb, error: describeError(error) }, 'an order could not be carried out');
    throw toFailure(withoutContent(error));
  } finally {
    // An agent that is told to stop may not come to answer any more: its next life does.
    if (!context.cancellationDetails?.workerShutdown) await deps.pendingTasks.remove(taskToken);
  }
}

/** Errors that are not our own may quote what they could not read, and a history keeps everything. */
function withoutContent(error: unknown): ByoError {
  if (error instanceof ByoError) return error;
  const kind = error instanceof Error ? error.name : typeof error;
  return new ByoError('StepFailed', `unexpected ${printable(kind, 64)} in the agent`, {
    remedy: 'It is tried again; `journalctl -u byo-agent` on the host tells more',
    retryable: true,
  });
}

/** Waits for the operation. Only a wish to cancel ends it; a timeout, a restart or a lost link lets go of it. */
async function attach(deps: HostActivityDeps, order: Order): Promise<OperationResult> {
  const context = Context.current();
  const beat = () => context.heartbeat(deps.operations.progressOf(order));
  const timer = setInterval(beat, HEARTBEAT_MILLISECONDS);
  try {
    beat();
    return shorten(await Promise.race([deps.operations.perform(order), context.cancelled]));
  } catch (error) {
    if (context.cancellationDetails?.cancelRequested) await deps.operations.stop(order);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

function shorten(result: OperationResult): OperationResult {
  return { ...result, message: printable(result.message) };
}
