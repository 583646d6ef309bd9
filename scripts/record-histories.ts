// Records the histories against which later versions of the workflow are replayed: once per release, and after a change
// that was meant to break replay while nothing runs yet. Files of earlier releases stay. Named scenarios are recorded alone.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { openBench, type Bench, type TestMachine } from '../test/integration/workflow/bench.ts';
import { formatHistory } from '../test/integration/workflow/history-file.ts';
import { CLEANUPS, SCENARIOS } from '../test/integration/workflow/scenarios.ts';
import setup from '../test/support/temporal-server.ts';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test', 'histories');

/** Every run of the chain, from the first to the one that ended it. */
async function fetchRuns(bench: Bench, { workflowId }: WorkflowHandle, firstRun: string): Promise<string[]> {
  const runs: string[] = [];
  for (let runId: string | null | undefined = firstRun; runId;) {
    const history = await bench.client.workflow.getHandle(workflowId, runId).fetchHistory();
    runs.push(formatHistory(history));
    const end = history.events?.at(-1);
    runId = end?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return runs;
}

async function record(bench: Bench, name: string, live: (machine: TestMachine) => Promise<void>): Promise<void> {
  const machine = bench.addMachine(name);
  machine.world.state.hold = { reason: 'Paused', message: 'not yet' };
  const firstRun = await machine.lookAgain();
  await machine.until('begun', ({ calls }) => calls.length > 0);
  delete machine.world.state.hold;
  await live(machine);
  await machine.handle.result();
  await writeRuns(name, await fetchRuns(bench, machine.handle, firstRun));
}

async function recordCleanup(bench: Bench, name: string, live: (machine: TestMachine) => Promise<void>): Promise<void> {
  const machine = bench.addMachine(name);
  machine.world.state.owed = { resetGate: { reason: 'HostOffline', message: 'away' } };
  const firstRun = await machine.cleanup.lookAgain();
  await live(machine);
  await machine.cleanup.handle.result();
  await writeRuns(name, await fetchRuns(bench, machine.cleanup.handle, firstRun));
}

async function writeRuns(name: string, runs: string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [index, run] of runs.entries()) await writeFile(join(folder, `${name}.${index + 1}.json`), run);
  process.stdout.write(`${name}: ${runs.length} runs\n`);
}

const names = process.argv.slice(2);
const wanted = (scenarios: typeof SCENARIOS) =>
  Object.entries(scenarios).filter(([name]) => names.length === 0 || names.includes(name));

const stop = process.env['BYO_TEST_TEMPORAL'] ? undefined : await setup();
const bench = await openBench();
try {
  for (const [name, live] of wanted(SCENARIOS)) await record(bench, name, live);
  for (const [name, live] of wanted(CLEANUPS)) await recordCleanup(bench, name, live);
} finally {
  await bench.close();
  await stop?.();
}
