// Workflow code that does not replay stops every run that it finds: a run whose task has failed for minutes is ended and
// begun anew, since a run may start at any time, and starts by looking. One that merely waits is never touched.
import { setTimeout as delay } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { pause } from '../../common/pause.ts';
import { decideStuck } from './decide-stuck.ts';
import { listSuspects, readCause, type Run } from './failing-runs.ts';
import type { Metrics } from '../runtime/metrics.ts';

export type RunWatch = {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  /** Told before the run is ended, and again after it: then it has to be begun anew. */
  onStuck: (workflowId: string, cause: string) => Promise<void>;
  onEnded: (workflowId: string) => void;
  metrics: Pick<Metrics, 'countEndedRun'>;
  log: Logger;
  signal: AbortSignal;
  /** Milliseconds between looks, and for how long a run must have failed. */
  everyMs?: number;
  afterMs?: number;
};

const LOOK_MS = 60_000;
const FAILING_MS = 5 * 60_000;
/** An upgrade may stop every run at once: they are begun anew at a pace that API server and Temporal do not notice. */
const MOST_A_LOOK = 60;
const BETWEEN_MS = 100;

/** Looks until `signal`. */
export async function watchRuns(watch: RunWatch): Promise<void> {
  const { log, signal, everyMs = LOOK_MS } = watch;
  let seen = new Map<string, number>();
  while (!signal.aborted) {
    await pause(everyMs, signal);
    if (signal.aborted) return;
    try {
      seen = await lookOnce(watch, seen);
    } catch (error) {
      log.debug({ error: describeError(error) }, 'runs that fail cannot be looked for just now');
    }
  }
}

/** Answers since when each run that fails now was seen to fail (milliseconds of `performance.now()`). */
async function lookOnce(watch: RunWatch, before: Map<string, number>): Promise<Map<string, number>> {
  const failing = new Map<string, number>();
  let ended = 0;
  for await (const run of listSuspects(watch, watch.taskQueue)) {
    if (watch.signal.aborted || ended >= MOST_A_LOOK) break;
    await delay(BETWEEN_MS);
    const cause = await readCause(watch, run);
    if (cause === undefined) continue;
    const since = before.get(run.runId) ?? performance.now();
    failing.set(run.runId, since);
    const stuck = decideStuck({ cause, failingForMs: performance.now() - since }, watch.afterMs ?? FAILING_MS);
    if (stuck === undefined) continue;
    await end(watch, run, stuck);
    ended += 1;
  }
  return failing;
}

/** That it cannot be told must not keep the run from being ended: the log has it. */
async function tell({ onStuck, log }: RunWatch, workflowId: string, cause: string): Promise<void> {
  try {
    await onStuck(workflowId, cause);
  } catch (error) {
    log.warn({ workflowId, error: describeError(error) }, 'that a run is ended cannot be told in its machine');
  }
}

async function end(watch: RunWatch, run: Run, cause: string): Promise<void> {
  const { connection, namespace, log, metrics } = watch;
  log.warn({ ...run, cause }, 'a run cannot go on; it is ended, and another one starts by looking');
  await tell(watch, run.workflowId, cause);
  await connection.workflowService.terminateWorkflowExecution({
    namespace,
    workflowExecution: run,
    reason: `${cause}: ended by the controller, which starts another`,
    identity: 'byo-controller',
  });
  metrics.countEndedRun(cause);
  watch.onEnded(run.workflowId);
}
