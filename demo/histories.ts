// When a machine's workflow did what, as Temporal's histories tell it.
import { Client, Connection, type WorkflowExecutionInfo } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { WORKFLOW_TYPE } from '../api/names.ts';
import type { Instance } from '../lab/index.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** One run of a workflow with all its events. */
export type History = { workflowId: string; runId: string; status: string; events: Event[] };

/** Every run of every ByoMachine's workflow, newest first; visibility may lag, histories do not. */
export function readHistories(instance: Instance): Promise<History[]> {
  return readRuns(instance, async (client, { workflowId, runId, status }) => {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    return { workflowId, runId, status: status.name, events: events ?? [] };
  });
}

/** What `read` answers of each of these runs, in the same order. */
export async function readRuns<Value>(
  { temporal: { address } }: Instance,
  read: (client: Client, run: WorkflowExecutionInfo) => Promise<Value>,
): Promise<Value[]> {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    const values: Value[] = [];
    const query = `WorkflowType = '${WORKFLOW_TYPE}'`;
    for await (const run of client.workflow.list({ query })) values.push(await read(client, run));
    return values;
  } finally {
    await connection.close();
  }
}

/** When the last activity of this name was done for a machine. Throws when no history tells of it. */
export async function findActivity(instance: Instance, machine: string, name: string): Promise<Date> {
  const histories = (await readHistories(instance)).filter(({ workflowId }) => workflowId.split('/').includes(machine));
  const times = histories.flatMap(({ events }) => completionsOf(events, name));
  if (times.length === 0) throw new Error(`Temporal knows of no ${name} that was done for ${machine}`);
  return new Date(Math.max(...times));
}

/** Times, in milliseconds, at which activities of this name were done. */
function completionsOf(events: Event[], name: string): number[] {
  const scheduled = new Set(
    events
      .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === name)
      .map(({ eventId }) => String(eventId)),
  );
  return events
    .filter((event) => scheduled.has(String(event.activityTaskCompletedEventAttributes?.scheduledEventId)))
    .map(({ eventTime }) => Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6);
}
