// Any activity beside the controller may fail for ever: a condition says so, or the current details where none can be
// written, and the machine is deleted all the same once it works again, or before where it is not needed for that.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asActivity } from '../../../activities/failure.ts';
import { KubeError } from '../../../common/kube/errors.ts';
import { resultOf } from '../../support/result-of.ts';
import { openBench, type Bench, type TestMachine } from './bench.ts';
import { buildHastyBundle } from './hasty-bundle.ts';
import { failure, type Fault, type World } from './world.ts';
import type { Reason } from '../../../api/reasons/reason.ts';

const JOINED = 'BootstrapSucceeded=True/BootstrapSucceeded';
let bench: Bench;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byo-failing-'));
  bench = await openBench({ workflowBundle: await buildHastyBundle(folder) });
}, 120_000);

afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true });
});

/** As activities of the product fail: through the one place where errors become failures. */
async function failureOf(error: Error): Promise<Fault> {
  const fail = asActivity(async () => {
    throw error;
  });
  try {
    return await fail();
  } catch (failed) {
    if (failed instanceof ApplicationFailure) return failed;
    throw failed;
  }
}

const FAULTS: Record<string, () => Promise<{ fault: Fault }>> = {
  'a lasting 403': async () => ({ fault: await failureOf(new KubeError(403, 'Forbidden', 'may not')) }),
  'a fault of the program': async () => ({ fault: await failureOf(new TypeError('undefined is no function')) }),
  'a refusal by name': async () => ({ fault: failure('ClaimConflict') }),
  'no answer': async () => ({ fault: 'late' }),
};

/** Calls on the way to Ready, without which a machine can be deleted; and those which a deletion needs as well. */
const THERE = ['claimHost', 'seal install', 'setProviderID', 'seal join'];
const NEEDED = ['observeMachine', 'reportConditions'];
const BACK = ['seal drain', 'seal reset', 'releaseHost'];

async function detailsOf({ handle }: TestMachine['cleanup']): Promise<string> {
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

async function untilTold(machine: TestMachine, call: string): Promise<void> {
  const activity = call.replace(/^seal .*/, 'sealOrder');
  const says = ({ reason, message }: Reason): boolean =>
    (reason === 'ActivityFailing' && message.startsWith(activity)) || message.includes('ClaimConflict happened');
  await machine.until(`told of ${call}`, ({ conditions }) => [...conditions.values()].some(says));
}

async function untilShown({ world }: TestMachine, of: TestMachine['cleanup']): Promise<void> {
  const given = Date.now() + 60_000;
  while (!/waiting: \*\*(ActivityFailing|ClaimConflict)/.test(await detailsOf(of))) {
    if (Date.now() > given) throw new Error(`never shown: ${JSON.stringify(world.calls.slice(-20))}`);
  }
}

/** Every later call of that name gets the fault, until it is lifted. */
function breakCall({ world }: TestMachine, call: string, fault: Fault): () => void {
  world.faultAt = (now) => (now === call ? fault : undefined);
  return () => delete world.faultAt;
}

async function askUntilReleased(machine: TestMachine): Promise<World> {
  await machine.change((state) => (state.deleting = true));
  await resultOf(machine.handle);
  return machine.world;
}

async function failOnTheWayThere(name: string, call: string, fault: Fault): Promise<World> {
  const machine = bench.addMachine(name);
  const lift = breakCall(machine, call, fault);
  await machine.lookAgain();
  if (call === 'reportConditions') await untilShown(machine, machine);
  else await untilTold(machine, call);
  if (NEEDED.includes(call)) {
    await machine.change((state) => (state.deleting = true));
    lift();
  }
  return askUntilReleased(machine);
}

async function failOnTheWayBack(name: string, call: string, fault: Fault): Promise<World> {
  const machine = bench.addMachine(name);
  await machine.lookAgain();
  await machine.untilCondition(JOINED);
  const lift = breakCall(machine, call, fault);
  await machine.change((state) => (state.deleting = true));
  await untilTold(machine, call);
  lift();
  return askUntilReleased(machine);
}

async function failInCleanup(name: string, call: string, fault: Fault): Promise<World> {
  const machine = bench.addMachine(name);
  machine.world.state.owed = {};
  const lift = breakCall(machine, call, fault);
  await machine.cleanup.lookAgain();
  if (call === 'reportCleanup') await untilShown(machine, machine.cleanup);
  else await untilTold(machine, call);
  lift();
  await machine.cleanup.lookAgain();
  await resultOf(machine.cleanup.handle);
  return machine.world;
}

const PATIENCE = 240_000;
const kinds = Object.entries(FAULTS);
const RELEASED = { violations: [], released: true };
const endOf = ({ violations, state }: World) => ({ violations, released: state.released });

test.each(kinds)('%s on the way there is told, and a deletion is seen', { timeout: PATIENCE }, async (kind, make) => {
  const { fault } = await make();
  const calls = [...THERE, ...NEEDED];
  const ends = await Promise.all(calls.map(async (call) => failOnTheWayThere(nameOf(kind, call), call, fault)));
  expect(ends.map(endOf)).toEqual(calls.map(() => RELEASED));
});

test.each(kinds)('%s on the way back is told, and the host is released', { timeout: PATIENCE }, async (kind, make) => {
  const { fault } = await make();
  const ends = await Promise.all(BACK.map(async (call) => failOnTheWayBack(nameOf(kind, call), call, fault)));
  expect(ends.map(endOf)).toEqual(BACK.map(() => RELEASED));
});

test.each(kinds)('%s of a clean-up is told, and the host is free', { timeout: PATIENCE }, async (kind, make) => {
  const { fault } = await make();
  const calls = ['observeCleanup', 'reportCleanup', 'seal reset', 'settleCleanup'];
  const ends = await Promise.all(calls.map(async (call) => failInCleanup(nameOf(kind, call), call, fault)));
  expect(ends.map(({ violations, state }) => [violations, state.owed])).toEqual(calls.map(() => [[], undefined]));
});

function nameOf(kind: string, call: string): string {
  return `${kind} ${call}`.replace(/[^a-zA-Z0-9]+/g, '-');
}

test('what was said of a failing activity is taken back once the machine gets on, also by another run', async () => {
  const machine = bench.addMachine('taken-back');
  const { fault } = { fault: await failureOf(new KubeError(403, 'Forbidden', 'may not')) };
  const lift = breakCall(machine, 'seal install', fault);
  await machine.lookAgain();
  await machine.untilCondition('WorkflowHealthy=False/ActivityFailing');
  const message = machine.world.conditions.get('WorkflowHealthy')?.message;
  expect(message).toMatch(/^sealOrder fails: KubeError: may not\. It is tried again\./);
  await machine.handle.terminate('a person did it');
  lift();
  await machine.lookAgain();
  await machine.untilCondition(JOINED);
  await machine.untilCondition('WorkflowHealthy=True/WorkflowHealthy');
});

const looks = ({ calls }: World): number => calls.filter((call) => call === 'observeMachine').length;

test('while nothing can be seen the operation on the host keeps its watcher, and is not ordered a second time', async () => {
  const machine = bench.addMachine('blind');
  const install = 'install/v1.36.3';
  const gate = Promise.withResolvers<void>();
  machine.world.host.gates.set(install, gate.promise);
  await machine.lookAgain();
  await machine.until('installing', ({ host }) => host.running.has(install));
  const { fault } = { fault: await failureOf(new TypeError('undefined is no function')) };
  const lift = breakCall(machine, 'observeMachine', fault);
  await machine.lookAgain();
  await machine.untilCondition('WorkflowHealthy=False/ActivityFailing');
  const before = looks(machine.world);
  await machine.until('looked twice more', (world) => looks(world) > before + 1);
  gate.resolve();
  await machine.until('gone on', ({ state }) => state.providerID !== undefined);
  lift();
  await machine.untilCondition(JOINED);
  expect(machine.world.calls.filter((call) => call === install)).toHaveLength(1);
  expect(machine.world.calls.filter((call) => call === 'seal install')).toHaveLength(1);
});
