// When a machine's workflow did what, as Temporal's histories tell it.
import { Client, Connection } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { WORKFLOW_TYPE } from '../api/names.ts';
import type { Instance } from '../lab/index.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** One run of a workflow with all its events. */
export type History = { workflowId: string; runId: string; status: string; events: Event[] };

/** Every run of every ByoMachine's workflow, newest first; visibility may lag, histories do not. */
export async function readHistories(instance: Instance): Promise<History[]> {
  const connection = await Connection.connect({ address: instance.temporal.address });
  try {
    const client = new Client({ connection });
    const histories: History[] = [];
    const query = `WorkflowType = '${WORKFLOW_TYPE}'`;
    for await (const { workflowId, runId, status } of client.workflow.list({ query })) {
      const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      histories.push({ workflowId, runId, status: status.name, events: events ?? [] });
    }
    return histories;
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
