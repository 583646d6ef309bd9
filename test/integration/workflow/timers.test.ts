// What happens when nobody says anything, with a second of the workflow's options made ten milliseconds.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { resultOf } from '../../support/result-of.ts';
import { openBench, type Bench } from './bench.ts';
import { forget } from './fake-cluster.ts';
import { buildHastyBundle } from './hasty-bundle.ts';
import { failure, type World } from './world.ts';

const JOINED = 'BootstrapSucceeded=True/BootstrapSucceeded';
let bench: Bench;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byo-workflow-'));
  bench = await openBench({ workflowBundle: await buildHastyBundle(folder) });
}, 120_000);

afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true });
});

test('a task that no host takes means an offline host, however fresh its Lease; it is offered until one does', async () => {
  const hostID = crypto.randomUUID();
  const machine = bench.addMachine('lying', { hostID });
  await machine.lookAgain();
  await machine.untilCondition('HostPrepared=False/HostOffline');
  await machine.until('sealed again', ({ calls }) => calls.filter((call) => call === 'seal install').length > 1);
  await bench.startHostWorker(hostID);
  await machine.untilCondition(JOINED);
  expect(machine.world.host.effects).toEqual(['install/v1.36.3', 'join']);
});

const looks = ({ calls }: World): number => calls.filter((call) => call === 'observeMachine').length;

test('waiting for an absent host costs nothing: a quarter of an hour adds not one event', async () => {
  const hostID = crypto.randomUUID();
  const away = bench.addMachine('away', { hostID });
  away.world.state.hostConnected = false;
  await away.lookAgain();
  await away.untilCondition('HostPrepared=False/HostOffline');
  await away.until('offered', ({ calls }) => calls.at(-1) === 'seal install');
  const events = async () => (await away.handle.describe()).historyLength;
  // Another machine that only waits looks after 1, 2, 4 and 8 minutes of the workflow's time.
  const clock = bench.addMachine('clock');
  clock.world.state.claimGate = { reason: 'WaitingForOwnerMachine', message: 'no owner yet' };
  await clock.lookAgain();
  await clock.until('a minute', (world) => looks(world) === 2);
  const before = await events();
  await clock.until('a quarter of an hour', (world) => looks(world) === 5);
  expect(await events()).toBe(before);
  await bench.startHostWorker(hostID);
  await away.until('taken at once', ({ host }) => host.effects.includes('install/v1.36.3'));
  expect(away.world.calls.filter((call) => call === 'seal install')).toHaveLength(1);
});

test('a lost signal costs a resync', async () => {
  const machine = bench.addMachine('lost-signal');
  machine.world.state.bootstrapGate = { reason: 'WaitingForBootstrapData', message: 'no Secret yet' };
  await machine.lookAgain();
  await machine.untilCondition('BootstrapSucceeded=Unknown/WaitingForBootstrapData');
  delete machine.world.state.bootstrapGate;
  await machine.untilCondition(JOINED);
  expect(machine.world.host.effects).toEqual(['install/v1.36.3', 'join']);
});

test('what fails again and again is tried again and again, ever more rarely', async () => {
  const machine = bench.addMachine('stubborn');
  const install = 'install/v1.36.3';
  for (const failing of [install, `${install}#1`, `${install}#2`]) {
    machine.world.host.outcomes.set(failing, failure('BundleInvalid'));
  }
  await machine.lookAgain();
  await machine.untilCondition(JOINED);
  expect(machine.world.host.effects).toEqual([install, `${install}#1`, `${install}#2`, `${install}#3`, 'join#3']);
});

test('a machine and its claim that stay away for long end the run, and nothing was reset', async () => {
  const machine = bench.addMachine('gone');
  await machine.lookAgain();
  await machine.untilCondition(JOINED);
  forget(machine.world);
  await machine.lookAgain();
  await resultOf(machine.handle);
  expect(machine.world.host.effects).toEqual(['install/v1.36.3', 'join']);
});

test('a machine that is not found while its host is still claimed is held for ever', async () => {
  const machine = bench.addMachine('restored');
  await machine.lookAgain();
  await machine.untilCondition(JOINED);
  const hold = { reason: 'Held', message: 'not found' };
  await machine.change((state) => Object.assign(state, { notFound: true, hold }));
  const { world } = machine;
  const before = looks(world);
  await machine.until('looked two more times', () => looks(world) > before + 1);
  expect((await machine.handle.describe()).status.name).toBe('RUNNING');
});

/** Once it waits again, the last event is that of its timer. */
async function eventsAtRest(handle: WorkflowHandle): Promise<number> {
  return vi.waitFor(async () => {
    const { events = [] } = await handle.fetchHistory();
    expect(events?.at(-1)?.timerStartedEventAttributes).toBeTruthy();
    return events?.length ?? 0;
  }, 20_000);
}

const notClean = ({ told }: World): number => told.filter((one) => one.endsWith('=False/NotClean')).length;

test.each(['machine', 'clean-up'])(
  'a host that is not clean costs at most 20 events a try, and a person waits for none: %s',
  async (whose) => {
    const machine = bench.addMachine(`unclean-${whose}`);
    const { state, host } = machine.world;
    for (const operation of ['reset', 'reset#1']) host.outcomes.set(operation, failure('NotClean'));
    Object.assign(host, { installed: true, dirty: true });
    if (whose === 'machine') {
      Object.assign(state, { deleting: true, claim: { hostName: 'host-1', hostID: bench.hostID, generation: 7 } });
    } else state.owed = {};
    const run = whose === 'machine' ? machine : machine.cleanup;
    await run.lookAgain();
    await machine.until('found unclean', (world) => notClean(world) === 1);
    const first = await eventsAtRest(run.handle);
    await machine.until('found unclean again, unasked', (world) => notClean(world) === 2);
    const second = await eventsAtRest(run.handle);
    expect([second - first, second - first <= 20]).toEqual([expect.any(Number), true]);
    // The next unasked try is two hours away.
    const { moveBlocked } = state;
    await run.lookAgain();
    await resultOf(run.handle);
    expect([moveBlocked, host.effects]).toEqual([false, ['reset', 'reset#1', 'reset#2']]);
  },
);
