// A host whose claim was forced away: reset under its old claim, told, and free only when it is clean.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resultOf } from '../../support/result-of.ts';
import { openBench, type Bench, type TestMachine } from './bench.ts';
import { failure } from './world.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => bench.close());

/** A host that came back with the node of a machine that was forced away. */
function forcedAway(name: string): TestMachine {
  const machine = bench.addMachine(name);
  machine.world.state.owed = {};
  Object.assign(machine.world.host, { installed: true, dirty: true });
  return machine;
}

async function change(machine: TestMachine, update: (state: TestMachine['world']['state']) => void): Promise<void> {
  update(machine.world.state);
  await machine.cleanup.lookAgain();
}

/** The end of a clean-up, and what was done on the host until then. */
async function endOf({ world, cleanup }: TestMachine) {
  await resultOf(cleanup.handle);
  const { state, host, told, violations } = world;
  return { owed: state.owed, effects: host.effects, told: told.at(-1), violations };
}

const free = (...effects: unknown[]) => ({ owed: undefined, effects, told: 'CleanedUp=True/Clean', violations: [] });

test('reset once, told, and the debt goes last', async () => {
  const machine = forcedAway('forced');
  await machine.cleanup.lookAgain();
  expect(await endOf(machine)).toEqual(free('reset'));
  expect(machine.world.calls.filter((call) => call !== 'observeCleanup')).toEqual([
    'reportCleanup',
    'seal reset',
    'reset',
    'reportCleanup',
    'settleCleanup',
  ]);
});

test('a host that is away is waited for, and nothing is sealed for it', async () => {
  const machine = forcedAway('away');
  machine.world.state.owed = { resetGate: { reason: 'HostOffline', message: 'gone' } };
  await machine.cleanup.lookAgain();
  await machine.untilCondition('CleanedUp=False/HostOffline');
  expect(machine.world.calls).not.toContain('seal reset');
  await change(machine, (state) => (state.owed = {}));
  expect(await endOf(machine)).toEqual(free('reset'));
});

test('a host that is not clean stays in debt, its cause is told, and the next reset is another one', async () => {
  const machine = forcedAway('dirty');
  machine.world.host.outcomes.set('reset', failure('NotClean'));
  await machine.cleanup.lookAgain();
  await machine.untilCondition('CleanedUp=False/NotClean');
  expect(machine.world.state.owed).toBeDefined();
  await machine.cleanup.lookAgain();
  expect(await endOf(machine)).toEqual(free('reset', 'reset#1'));
});

test('a clean host is free only when the Machine is gone, and is not reset again for that', async () => {
  const machine = forcedAway('early');
  machine.world.state.owed = { freeGate: { reason: 'WaitingForMachineDeletion', message: 'still there' } };
  await machine.cleanup.lookAgain();
  await machine.untilCondition('CleanedUp=False/WaitingForMachineDeletion');
  expect(machine.world.host.effects).toEqual(['reset']);
  await change(machine, (state) => (state.owed = {}));
  expect(await endOf(machine)).toEqual(free('reset'));
});

test('lost with Temporal and started anew, it goes on with the reset that runs, or that failed last', async () => {
  const machine = forcedAway('lost');
  const gate = Promise.withResolvers<void>();
  machine.world.host.gates.set('reset#3', gate.promise);
  machine.world.state.hostOperation = { operation: 'reset#3', generation: 7, state: 'Running' };
  await machine.cleanup.lookAgain();
  await machine.until('resetting', ({ host }) => host.running.has('reset#3'));
  await machine.cleanup.handle.terminate('lost');
  await machine.cleanup.lookAgain();
  gate.resolve();
  expect(await endOf(machine)).toEqual(free('reset#3'));
});

test('a debt that somebody forgave ends the clean-up, whatever still runs on the host', async () => {
  const machine = forcedAway('forgiven');
  machine.world.host.gates.set('reset', new Promise(() => undefined));
  await machine.cleanup.lookAgain();
  await machine.until('resetting', ({ host }) => host.running.has('reset'));
  await change(machine, (state) => delete state.owed);
  await resultOf(machine.cleanup.handle);
  expect(machine.world.calls).not.toContain('settleCleanup');
});

test.each(['terminal', 'lost'] as const)('every call fails once (%s): the host is clean and free', async (fault) => {
  const plain = forcedAway(`plain-${fault}`);
  await plain.cleanup.lookAgain();
  await resultOf(plain.cleanup.handle);
  await Promise.all(
    plain.world.calls.map(async (_call, index) => {
      const machine = forcedAway(`${fault}-${index}`);
      machine.world.faultAt = (_name, at) => (at === index ? fault : undefined);
      // As the controller's resync: a failure for good is tried again at the next word.
      machine.world.onWrite = () => void (machine.world.state.owed && machine.cleanup.lookAgain());
      await machine.cleanup.lookAgain();
      await machine.until('told', ({ calls }) => calls.length > index);
      if (machine.world.state.owed) await machine.cleanup.lookAgain();
      expect(await endOf(machine)).toEqual(free(expect.stringMatching(/^reset(#1)?$/)));
    }),
  );
});
