// What a machine's way costs Temporal: activities, events and bytes of its histories.
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { Instance } from '../lab/index.ts';
import { readRuns } from './histories.ts';

export type Figures = { activities: number; events: number; historyBytes: number };
export type MachineFigures = { machine: string } & Figures;

/** Of one run; `historyBytes` as the server counts them. */
function figuresOf(events: readonly temporal.api.history.v1.IHistoryEvent[], historyBytes: number): Figures {
  const activities = events.filter((event) => event.activityTaskScheduledEventAttributes).length;
  return { activities, events: events.length, historyBytes };
}

const NOTHING: Figures = { activities: 0, events: 0, historyBytes: 0 };

/** Both together. */
export function sumOf(one: Figures, other: Figures): Figures {
  return {
    activities: one.activities + other.activities,
    events: one.events + other.events,
    historyBytes: one.historyBytes + other.historyBytes,
  };
}

/** Of every ByoMachine until now, over all its runs. */
export async function readFigures(instance: Instance): Promise<MachineFigures[]> {
  const runs = await readRuns(instance, async (client, { workflowId, runId }) => ({
    machine: workflowId.split('/').slice(2, 4).join('/'),
    cost: await readRun(client, workflowId, runId),
  }));
  const machines = new Map<string, Figures>();
  for (const { machine, cost } of runs) machines.set(machine, sumOf(machines.get(machine) ?? NOTHING, cost));
  return [...machines].map(([machine, figures]) => ({ machine, ...figures }));
}

/** Visibility counts the bytes of what has ended alone: the run itself is asked. */
export async function readRun(client: Client, workflowId: string, runId: string): Promise<Figures> {
  const run = client.workflow.getHandle(workflowId, runId);
  const [{ events }, { raw }] = await Promise.all([run.fetchHistory(), run.describe()]);
  return figuresOf(events ?? [], Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0));
}
