// What a machine's way costs Temporal: activities, events and bytes of its histories.
import { Client, Connection } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { WORKFLOW_TYPE } from '../api/names.ts';
import type { Instance } from '../lab/index.ts';

export type Figures = { activities: number; events: number; historyBytes: number };
export type MachineFigures = { machine: string } & Figures;

/** Of one run; `historyBytes` as the server counts them. */
function figuresOf(events: readonly temporal.api.history.v1.IHistoryEvent[], historyBytes: number): Figures {
  const activities = events.filter((event) => event.activityTaskScheduledEventAttributes).length;
  return { activities, events: events.length, historyBytes };
}

/** Both together. */
export function sumOf(one: Figures, other: Figures): Figures {
  return {
    activities: one.activities + other.activities,
    events: one.events + other.events,
    historyBytes: one.historyBytes + other.historyBytes,
  };
}

/** Of every ByoMachine until now, over all its runs. */
export async function readFigures({ temporal: { address } }: Instance): Promise<MachineFigures[]> {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    const machines = new Map<string, Figures>();
    for await (const { workflowId, runId } of client.workflow.list({ query: `WorkflowType = '${WORKFLOW_TYPE}'` })) {
      const name = workflowId.split('/').slice(2, 4).join('/');
      const cost = await readRun(client, workflowId, runId);
      const before = machines.get(name);
      machines.set(name, before ? sumOf(before, cost) : cost);
    }
    return [...machines].map(([machine, figures]) => ({ machine, ...figures }));
  } finally {
    await connection.close();
  }
}

/** Visibility counts the bytes of what has ended alone: the run itself is asked. */
export async function readRun(client: Client, workflowId: string, runId: string): Promise<Figures> {
  const run = client.workflow.getHandle(workflowId, runId);
  const [{ events }, { raw }] = await Promise.all([run.fetchHistory(), run.describe()]);
  return figuresOf(events ?? [], Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0));
}
