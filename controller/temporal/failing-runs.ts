// Open runs whose workflow task fails, as Temporal tells of them.
import { isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';

const { EventType } = proto.temporal.api.enums.v1;

export type Run = { workflowId: string; runId: string };
type Server = { connection: NativeConnection; namespace: string };

/** The SDK reports the first failure in a row, and lets the next tries time out. */
const PROBLEMS = `'category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut'`;
const INVALID = 3;
const PAGE = 200;
/** Enough to reach the last task that succeeded, unless signals have piled up since: then the next ones are read. */
const EVENTS = 20;

/**
 * Runs of that queue that may be failing: those of which the server says so (1.30 and later), or all that are open, for
 * servers that do not.
 */
export async function* listSuspects(server: Server, taskQueue: string): AsyncGenerator<Run> {
  const open = `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
  try {
    yield* listRuns(server, `${open} AND TemporalReportedProblems IN (${PROBLEMS})`);
  } catch (error) {
    if (!isInvalid(error)) throw error;
    yield* listRuns(server, open);
  }
}

/** So a server says that it knows no such attribute. */
function isInvalid(error: unknown): boolean {
  const code: number = isGrpcServiceError(error) ? error.code : -1;
  return code === INVALID;
}

async function* listRuns({ connection, namespace }: Server, query: string): AsyncGenerator<Run> {
  let nextPageToken = new Uint8Array();
  do {
    const page = await connection.workflowService.listWorkflowExecutions({
      namespace,
      query,
      pageSize: PAGE,
      nextPageToken,
    });
    for (const { execution } of page.executions) {
      if (execution?.workflowId && execution.runId) yield { workflowId: execution.workflowId, runId: execution.runId };
    }
    nextPageToken = new Uint8Array(page.nextPageToken);
  } while (nextPageToken.length > 0);
}

/** Why the last workflow task failed; undefined when one has succeeded since. Only the first failure in a row is an event. */
export async function readCause({ connection, namespace }: Server, execution: Run): Promise<number | undefined> {
  let nextPageToken = new Uint8Array();
  do {
    const page = await connection.workflowService.getWorkflowExecutionHistoryReverse({
      namespace,
      execution,
      maximumPageSize: EVENTS,
      nextPageToken,
    });
    for (const event of page.history?.events ?? []) {
      if (event.eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED) return undefined;
      const failed = event.workflowTaskFailedEventAttributes;
      if (failed) return failed.cause ?? undefined;
    }
    nextPageToken = new Uint8Array(page.nextPageToken);
  } while (nextPageToken.length > 0);
  return undefined;
}
