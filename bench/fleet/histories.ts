// What Temporal keeps of a machine: its runs, how many events and bytes they are, and which activities they scheduled.
import { Client, Connection, type WorkflowExecutionInfo } from '@temporalio/client';
import { WORKFLOW_TYPE } from '../../api/names.ts';
import { waitFor } from '../../lab/wait.ts';
import { say } from '../report.ts';
import { round } from '../statistics.ts';

export type Histories = {
  machines: number;
  /** Runs that had not ended when the rest was read: they are counted as far as they had come. */
  goOn: number;
  /** Of a machine, on average; `toReady`: of the first of its runs. */
  life: Amounts;
  toReady: Amounts;
  /** How often a machine of the sample had each activity scheduled, on average. */
  activities: Record<string, number>;
};

type Amounts = { runs: number; activities: number; events: number; kilobytes: number };

/** Machines whose histories are read event by event; all others are counted by what Temporal says of them. */
const SAMPLE = 10;

/** The last runs end a moment after their objects have gone. */
const END_MS = 120_000;
const OF_MACHINES = `WorkflowType = '${WORKFLOW_TYPE}'`;

/** Waits for the end of every run: of one that goes on Temporal does not say how long it is. */
export async function readHistories(address: string): Promise<Histories> {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    const goOn = await untilEnded(client);
    const byMachine = await listRuns(client);
    const machines = [...byMachine.values()];
    const counted = await Promise.all(machines.slice(0, SAMPLE).map((runs) => countEach(client, runs)));
    const firsts = machines.flatMap(([first]) => first ?? []);
    const activities = averageOf(counted.map((runs) => addUp(runs)));
    const firstActivities = averageOf(counted.map(([first = {}]) => first));
    return {
      machines: machines.length,
      goOn,
      life: amounts(machines.flat(), machines.length, activities),
      toReady: amounts(firsts, machines.length, firstActivities),
      activities,
    };
  } finally {
    await connection.close();
  }
}

/** Answers how many go on nevertheless: what was measured before is not to be lost for them. */
async function untilEnded(client: Client): Promise<number> {
  let running = 0;
  const probe = async (): Promise<string | undefined> => {
    running = (await client.workflow.count(`${OF_MACHINES} AND ExecutionStatus = 'Running'`)).count;
    return running === 0 ? undefined : `${running} go on`;
  };
  try {
    await waitFor('the end of all runs', probe, { timeoutMs: END_MS, everyMs: 100 });
  } catch (error) {
    if (running === 0) throw error;
    say(`  ${running} runs have not ended after ${END_MS / 1000} s`);
  }
  return running;
}

/** Runs by workflow, the oldest first. */
async function listRuns(client: Client): Promise<Map<string, WorkflowExecutionInfo[]>> {
  const byMachine = new Map<string, WorkflowExecutionInfo[]>();
  for await (const run of client.workflow.list({ query: OF_MACHINES })) {
    byMachine.set(run.workflowId, [...(byMachine.get(run.workflowId) ?? []), run]);
  }
  for (const runs of byMachine.values()) runs.sort((a, b) => Number(a.startTime) - Number(b.startTime));
  return byMachine;
}

/** For each run, how often each activity was scheduled. */
function countEach(client: Client, runs: WorkflowExecutionInfo[]): Promise<Record<string, number>[]> {
  return Promise.all(
    runs.map(async ({ workflowId, runId }) => {
      const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const names = (events ?? []).flatMap(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
      );
      return addUp(names.map((name) => ({ [name]: 1 })));
    }),
  );
}

function addUp(counts: Record<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((one) => Object.entries(one))) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

function averageOf(counts: Record<string, number>[]): Record<string, number> {
  const sums = Object.entries(addUp(counts)).toSorted(([, a], [, b]) => b - a);
  return Object.fromEntries(sums.map(([name, count]) => [name, round(count / counts.length)]));
}

function amounts(runs: WorkflowExecutionInfo[], machines: number, activities: Record<string, number>): Amounts {
  const sum = (of: (run: WorkflowExecutionInfo) => number) => runs.reduce((all, run) => all + of(run), 0) / machines;
  return {
    runs: round(runs.length / machines),
    activities: round(Object.values(activities).reduce((all, count) => all + count, 0)),
    events: round(sum(({ historyLength }) => historyLength)),
    kilobytes: round(sum(({ historySize }) => historySize ?? 0) / 1000),
  };
}
