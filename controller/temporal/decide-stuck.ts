// Which runs of workflows are ended and begun anew: those whose code cannot go on with their history, and no others.
import proto from '@temporalio/proto';

const { WorkflowTaskFailedCause: Cause } = proto.temporal.api.enums.v1;

/** What is known of an open run whose workflow task fails, or is said to. */
export type FailingRun = {
  /** Why its last workflow task failed; undefined when none has since one succeeded: then it merely waits. */
  cause: number | undefined;
  /** Since we first saw it fail, by our own monotonic clock. */
  failingForMs: number;
};

/** A new run begins by looking, with nothing of what the old one cannot get over. */
const MENDED_BY_A_NEW_RUN: ReadonlyMap<number | undefined, string> = new Map([
  // The code of this version does not do what that of the version before did.
  [Cause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR, 'NonDeterministicError'],
  // So the SDK reports what it finds out itself, for instance a patch that is gone.
  [Cause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE, 'WorkflowWorkerUnhandledFailure'],
  // An attribute was taken away under the run; a new one learns that it must not set it.
  [Cause.WORKFLOW_TASK_FAILED_CAUSE_BAD_SEARCH_ATTRIBUTES, 'BadSearchAttributes'],
]);

/** Pure: the cause for which the run is ended and begun anew, or undefined: it is left alone. */
export function decideStuck(run: FailingRun, afterMs: number): string | undefined {
  return run.failingForMs < afterMs ? undefined : MENDED_BY_A_NEW_RUN.get(run.cause);
}
