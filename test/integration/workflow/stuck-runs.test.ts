// An upgrade whose workflow code does not replay: the runs that it stops are ended and begun anew by the controller, the
// operation on the host goes on, and a run that merely waits is left alone.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createLogger } from '../../../common/log.ts';
import { runControlWorker } from '../../../controller/temporal/control-worker.ts';
import { Metrics } from '../../../controller/runtime/metrics.ts';
import { buildWorkflowBundle } from '../../../workers/workflow-bundle.ts';
import { openBench, type Bench, type TestMachine } from './bench.ts';

const JOINED = 'BootstrapSucceeded=True/BootstrapSucceeded';
const INSTALL = 'install/v1.36.3';
let bench: Bench;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byo-stuck-'));
  bench = await openBench();
});
afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true });
});

/** The product's workflows with a timer before each look: they work as well, and replay no history of the product. */
async function buildIncompatibleBundle(): Promise<{ codePath: string }> {
  const { codePath } = await buildWorkflowBundle();
  const code = await readFile(codePath, 'utf8');
  const look = 'await this.activities.observe()';
  if (code.split(look).length !== 2) throw new Error('the bundle does not look at one place');
  const changed = join(folder, 'workflows.js');
  await writeFile(changed, code.replace(look, `(await new Promise((resolve) => setTimeout(resolve, 1)), ${look})`));
  return { codePath: changed };
}

type Upgraded = { ended: string[]; metrics: Metrics; [Symbol.asyncDispose]: () => Promise<void> };

/** As the reconcilers: who was ended is begun anew. */
function tellOf(machines: TestMachine[], ended: string[]) {
  return {
    onForgotten: () => undefined,
    onStuck: async (workflowId: string, cause: string) => void ended.push(`${cause} ${workflowId}`),
    onEnded: (workflowId: string) => {
      for (const machine of machines) if (machine.handle.workflowId === workflowId) void machine.lookAgain();
    },
  };
}

/** The next release of the controller, which looks for stuck runs all the time. */
async function upgrade(machines: TestMachine[]): Promise<Upgraded> {
  await bench.stopControlWorker();
  const stopping = new AbortController();
  const metrics = new Metrics();
  const ended: string[] = [];
  const { management, activities } = bench;
  const running = runControlWorker({
    readLink: () => ({ address: process.env['BYO_TEST_TEMPORAL'] ?? '', namespace: 'default', options: {} }),
    management,
    activities,
    workflowBundle: await buildIncompatibleBundle(),
    pace: { everyMs: 500, afterMs: 1000 },
    ...tellOf(machines, ended),
    metrics,
    log: createLogger('test', 'silent'),
    signal: stopping.signal,
  });
  return {
    ended,
    metrics,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
    },
  };
}

test('runs that an upgrade stops are begun anew, and one that waits is not', { timeout: 240_000 }, async () => {
  const working = bench.addMachine('working');
  const waiting = bench.addMachine('waiting');
  const gate = Promise.withResolvers<void>();
  working.world.host.gates.set(INSTALL, gate.promise);
  waiting.world.state.claimGate = { reason: 'WaitingForOwnerMachine', message: 'no owner yet' };
  await working.lookAgain();
  const waitingRun = await waiting.lookAgain();
  await working.until('installing', ({ host }) => host.running.has(INSTALL));
  await waiting.untilCondition('HostClaimed=False/WaitingForOwnerMachine');

  await using upgraded = await upgrade([working, waiting]);
  // Its task fails from here on; the other one has none, and waits.
  await working.lookAgain();
  // The server calls a run failing when its task has failed and then timed out: a minute, whatever the tests' pace.
  const orders = () => working.world.calls.filter((call) => call === INSTALL);
  await vi.waitFor(() => expect(orders()).toHaveLength(2), { timeout: 150_000, interval: 200 });
  gate.resolve();
  await working.untilCondition(JOINED);
  expect(working.world.host.effects).toEqual([INSTALL, 'join']);
  expect(working.world.violations).toEqual([]);
  expect(upgraded.ended).toEqual([`NonDeterministicError ${working.handle.workflowId}`]);
  expect(await upgraded.metrics.text()).toContain('byo_workflow_runs_ended_total{cause="NonDeterministicError"} 1');
  const { status, runId } = await waiting.handle.describe();
  expect([status.name, runId]).toEqual(['RUNNING', waitingRun]);
});
