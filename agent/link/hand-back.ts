// After a death: the tasks that the last life had in hand are given back, so that Temporal hands them out again at once
// instead of when their heartbeat has timed out. The operations themselves went on or were resumed meanwhile.
import { status } from '@grpc/grpc-js';
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import { TEMPORAL_NAMESPACE } from './temporal.ts';
import type { NotedTasks } from './pending-tasks.ts';

/** What is used of a `NativeConnection`; `deadline` in milliseconds since 1970. */
export type TaskService = {
  withDeadline<Answer>(deadline: number, ask: () => Promise<Answer>): Promise<Answer>;
  workflowService: { respondActivityTaskFailed(answer: FailedTask): Promise<unknown> };
};
type FailedTask = { namespace: string; identity: string; taskToken: Uint8Array; failure: typeof FAILURE };

export type HandBackOptions = { connection: TaskService; hostID: string; tasks: NotedTasks; log: Logger };

const ANSWER_MILLISECONDS = 10_000;
/** Answered or timed out long ago, or given by a gateway whose keys are no more: nobody waits for its answer. */
const NOBODY_WAITS: unknown[] = [status.NOT_FOUND, status.INVALID_ARGUMENT, status.PERMISSION_DENIED];

/** Before the worker polls: a task that it took itself must not be given back. Never rejects for what Temporal answers. */
export async function handBackTasks({ connection, hostID, tasks, log }: HandBackOptions): Promise<void> {
  for (const taskToken of await tasks.list()) {
    const answer = { namespace: TEMPORAL_NAMESPACE, identity: hostID, taskToken, failure: FAILURE };
    const deadline = Date.now() + ANSWER_MILLISECONDS;
    try {
      await connection.withDeadline(deadline, () => connection.workflowService.respondActivityTaskFailed(answer));
      log.info('an order that was in hand when the agent ended is handed back, to be given again');
    } catch (error) {
      if (!isOver(error)) {
        // Its note stays for the next life; until then the heartbeat's timeout does the same, later.
        log.warn({ error: describeError(error) }, 'an order could not be handed back; it comes again in a minute');
        continue;
      }
    }
    await tasks.remove(taskToken);
  }
}

/** What the SDK throws of an answered call bears its gRPC status as `code`. */
function isOver(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NOBODY_WAITS.includes(error.code);
}

const FAILURE = {
  message: 'the agent ended with this order in hand; the operation went on, and the order is given again',
  applicationFailureInfo: { type: 'AgentRestarted', nonRetryable: false },
};
