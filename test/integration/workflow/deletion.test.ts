// Deletion at any moment: what runs is cancelled and not waited for, then reset, and the release comes last.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resultOf } from '../../support/result-of.ts';
import { openBench, type Bench, type TestMachine } from './bench.ts';
import { forget } from './fake-cluster.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => bench.close());

async function deleteAndWait(machine: TestMachine): Promise<void> {
  await machine.change((state) => (state.deleting = true));
  await resultOf(machine.handle);
  const { world } = machine;
  expect(world.calls.at(-1)).toBe('releaseHost');
  expect(world.state.released).toBe(true);
  expect(world.violations).toEqual([]);
}

test('before a host was claimed: released, and no host was touched', async () => {
  const machine = bench.addMachine('early');
  machine.world.state.noHost = { reason: 'NoHostFits', message: 'none' };
  await machine.lookAgain();
  await machine.untilCondition('HostClaimed=False/NoHostFits');
  await deleteAndWait(machine);
  expect(machine.world.host.effects).toEqual([]);
});

test.each(['install/v1.36.3', 'join'])('during %s: cancelled on the host, not waited for, reset', async (operation) => {
  const machine = bench.addMachine(`during-${operation.slice(0, 4)}`);
  machine.world.host.gates.set(operation, new Promise(() => undefined));
  await machine.lookAgain();
  await machine.until('running', ({ host }) => host.running.has(operation));
  await deleteAndWait(machine);
  expect(machine.world.host.effects).toContain('reset');
  expect(machine.world.calls).not.toContain('drain');
});

test('while bootstrap data is waited for: reset, no drain', async () => {
  const machine = bench.addMachine('no-data');
  machine.world.state.bootstrapGate = { reason: 'WaitingForBootstrapData', message: 'none' };
  await machine.lookAgain();
  await machine.untilCondition('BootstrapSucceeded=Unknown/WaitingForBootstrapData');
  await deleteAndWait(machine);
  expect(machine.world.host.effects).toEqual(['install/v1.36.3', 'reset']);
});

test('of the whole cluster: no drain, no Node to delete', async () => {
  const machine = bench.addMachine('cluster');
  await machine.lookAgain();
  await machine.untilCondition('BootstrapSucceeded=True/BootstrapSucceeded');
  machine.world.state.clusterDeleting = true;
  await deleteAndWait(machine);
  expect(machine.world.host.effects).toEqual(['install/v1.36.3', 'join', 'reset']);
  expect(machine.world.calls).not.toContain('deleteNode');
});

test('under pause and by clusterctl move nothing at all happens', async () => {
  const machine = bench.addMachine('moved');
  await machine.lookAgain();
  await machine.untilCondition('BootstrapSucceeded=True/BootstrapSucceeded');
  await machine.until('at rest', ({ state }) => !state.moveBlocked);
  const before = machine.world.calls.length;
  await machine.change((state) => Object.assign(state, { deleting: true, hold: { reason: 'Held', message: 'moved' } }));
  await machine.until('looked', ({ calls }) => calls.length > before);
  expect(new Set(machine.world.calls.slice(before))).toEqual(new Set(['observeMachine']));
  await machine.change((state) => delete state.hold);
  await resultOf(machine.handle);
  expect(machine.world.state.released).toBe(true);
});

test('a workflow that is told only of the deletion tears down in its first run', async () => {
  const machine = bench.addMachine('late');
  machine.world.state.claim = { hostName: 'host-1', hostID: machine.world.hostID, generation: 3 };
  Object.assign(machine.world.host, { installed: true, dirty: true });
  await deleteAndWait(machine);
  expect(machine.world.host.effects).toEqual(['reset']);
});

test('forced while its reset cannot be done: the run lets go of the host and holds', async () => {
  const machine = bench.addMachine('forced');
  machine.world.host.gates.set('reset', new Promise(() => undefined));
  await machine.lookAgain();
  await machine.untilCondition('BootstrapSucceeded=True/BootstrapSucceeded');
  await machine.change((state) => (state.deleting = true));
  await machine.until('resetting', ({ host }) => host.running.has('reset'));
  forget(machine.world);
  await machine.lookAgain();
  await machine.until('let go', ({ host }) => host.stopped.includes('reset'));
  expect(machine.world.state.released).toBe(false);
});
