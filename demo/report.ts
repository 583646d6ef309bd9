// The report of the demo: what ran, as Temporal and the new cluster tell it, in JSON for machines.
import { writeFile } from 'node:fs/promises';
import type { temporal } from '@temporalio/proto';
import { Client, Connection } from '@temporalio/client';
import { WORKFLOW_TYPE } from '../api/names.ts';
import type { Instance } from '../lab/index.ts';
import type { NodeReport } from './nodes.ts';

/** One run of a workflow: its activities in the order in which they were scheduled, with how often each was tried. */
export type RunReport = {
  runId: string;
  status: string;
  activities: { name: string; queue: string; attempts: number }[];
};

export type WorkflowReport = { workflowId: string; runs: RunReport[] };

export type Report = {
  versions: Record<string, string>;
  nodes: NodeReport[];
  workflows: WorkflowReport[];
  /** Seconds per phase of the demo, and per machine from apply to Ready. */
  seconds: { phases: Record<string, number>; machines: Record<string, number> };
};

/** Every workflow of a ByoMachine with its runs, oldest first; visibility may lag, histories do not. */
export async function readWorkflows(instance: Instance): Promise<WorkflowReport[]> {
  const connection = await Connection.connect({ address: instance.temporal.address });
  try {
    const client = new Client({ connection });
    const runs = new Map<string, RunReport[]>();
    for await (const { workflowId, runId, status } of client.workflow.list({
      query: `WorkflowType = '${WORKFLOW_TYPE}'`,
    })) {
      const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const report = { runId, status: status.name, activities: activitiesOf(events ?? []) };
      runs.set(workflowId, [report, ...(runs.get(workflowId) ?? [])]);
    }
    return [...runs].map(([workflowId, reports]) => ({ workflowId, runs: reports }));
  } finally {
    await connection.close();
  }
}

type Event = temporal.api.history.v1.IHistoryEvent;

/** Activities of one history; an activity that ended tells its last attempt, one that runs tells none yet (0). */
export function activitiesOf(events: Event[]): RunReport['activities'] {
  const attempts = new Map<string, number>();
  for (const { activityTaskStartedEventAttributes: started } of events) {
    if (started) attempts.set(String(started.scheduledEventId), started.attempt ?? 0);
  }
  return events.flatMap(({ eventId, activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled
      ? [
          {
            name: scheduled.activityType?.name ?? '',
            queue: scheduled.taskQueue?.name ?? '',
            attempts: attempts.get(String(eventId)) ?? 0,
          },
        ]
      : [],
  );
}

/** Writes the report, whole or not at all is not needed: it is made anew by the next call. */
export async function writeReport(path: string, report: Report): Promise<void> {
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`);
}
