// The report of the demo: what ran, as Temporal and the new cluster tell it, in JSON for machines.
import { writeFile } from 'node:fs/promises';
import type { temporal } from '@temporalio/proto';
import type { Instance } from '../lab/index.ts';
import type { ScriptReport } from './bare-script.ts';
import type { CleanReport } from './clean-hosts.ts';
import type { MachineFigures } from './figures.ts';
import { readHistories } from './histories.ts';
import type { HostKernel } from '../harness/host-kernel.ts';
import type { NodeReport } from '../harness/nodes.ts';
import type { SecondCluster } from './second-cluster.ts';

/** One run of a workflow: its activities in the order in which they were scheduled, with how often each was tried. */
type RunReport = {
  runId: string;
  status: string;
  activities: { name: string; queue: string; attempts: number }[];
};

export type WorkflowReport = { workflowId: string; runs: RunReport[] };

export type Report = {
  versions: Record<string, string>;
  nodes: NodeReport[];
  /** What each host runs on. */
  hosts: HostKernel[];
  workflows: WorkflowReport[];
  /** What each machine's way to Ready cost Temporal. */
  figures: MachineFigures[];
  /** Seconds per phase of the demo, and per machine from apply to Ready. */
  seconds: { phases: Record<string, number>; machines: Record<string, number> };
  /** What `--once` adds, as far as it came. */
  hostsClean?: CleanReport[];
  secondCluster?: SecondCluster;
  script?: ScriptReport;
  /** Our seconds from "bootstrap data present and host claimed" to "kubeadm returned", by the script's. */
  ratio?: number;
};

/** Every workflow of a ByoMachine with its runs, oldest first. */
export async function readWorkflows(instance: Instance): Promise<WorkflowReport[]> {
  const runs = new Map<string, RunReport[]>();
  for (const { workflowId, runId, status, events } of await readHistories(instance)) {
    const report = { runId, status, activities: activitiesOf(events) };
    runs.set(workflowId, [report, ...(runs.get(workflowId) ?? [])]);
  }
  return [...runs].map(([workflowId, reports]) => ({ workflowId, runs: reports }));
}

type Event = temporal.api.history.v1.IHistoryEvent;

/** Activities of one history; an activity that ended tells its last attempt, one that runs tells none yet (0). */
function activitiesOf(events: Event[]): RunReport['activities'] {
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
