// Workflows that are started anew over machines that have come far: after Temporal's database was lost, or somebody
// terminated them; and what they may not do while host and cluster contradict each other.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resultOf } from '../../support/result-of.ts';
import { openBench, type Bench, type TestMachine } from './bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => bench.close());

const JOINED = 'BootstrapSucceeded=True/BootstrapSucceeded';
const ORDERS = /^(seal |install|join|drain|reset)/;

async function join(name: string): Promise<TestMachine> {
  const machine = bench.addMachine(name);
  await machine.lookAgain();
  await machine.untilCondition(JOINED);
  await machine.until('at rest', ({ state }) => !state.moveBlocked);
  return machine;
}

test('terminated over a Ready node and started anew, it looks and rests: the host hears nothing', async () => {
  const machine = await join('terminated');
  await machine.handle.terminate('by hand');
  const before = machine.world.calls.length;
  await machine.lookAgain();
  await machine.until('at rest', ({ calls }) => calls.length > before);
  const calls = machine.world.calls.slice(before);
  expect(calls).toContain('observeMachine');
  expect(calls.filter((call) => ORDERS.test(call))).toEqual([]);
  expect((await machine.handle.describe()).status.name).toBe('RUNNING');
});

test('while its claim contradicts the host, it does nothing, deleted or not, and goes on when that is cleared up', async () => {
  const machine = await join('contradicted');
  const { world } = machine;
  const claim = world.state.claim;
  delete world.state.claim;
  const hold = { reason: 'ClaimConflict', message: 'host-1 works for this ByoMachine' };
  const before = world.calls.length;
  await machine.change((state) => Object.assign(state, { hold, deleting: true }));
  await machine.until('looked', ({ calls }) => calls.slice(before).includes('observeMachine'));
  await machine.change(() => undefined);
  await machine.until(
    'again',
    ({ calls }) => calls.slice(before).filter((call) => call === 'observeMachine').length > 1,
  );
  expect(world.calls.slice(before).filter((call) => call !== 'observeMachine')).toEqual([]);
  await machine.change((state) => {
    delete state.hold;
    if (claim) state.claim = claim;
  });
  await resultOf(machine.handle);
  expect(world.host.effects).toEqual(['install/v1.36.3', 'join', 'drain', 'reset']);
  expect(world.violations).toEqual([]);
});

test('a host that was re-imaged is let go without an order, once its new agent has told of it', async () => {
  const machine = await join('re-imaged');
  const { world } = machine;
  Object.assign(world.host, { installed: false, dirty: false });
  // As the view of a deletion has it: of such a machine there is no node to drain.
  world.conditions.delete('BootstrapSucceeded');
  const waiting = { reason: 'HostOffline', message: 'its agent has not reported yet' };
  await machine.change((state) => Object.assign(state, { deleting: true, lost: { waiting } }));
  await machine.untilCondition('HostReset=False/HostOffline');
  await machine.change((state) => (state.lost = {}));
  await resultOf(machine.handle);
  expect(world.told).toContain('HostReset=True/HostReplaced');
  expect(world.state.released).toBe(true);
  expect(world.calls.filter((call) => ORDERS.test(call))).toEqual([
    'seal install',
    'install/v1.36.3',
    'seal join',
    'join',
  ]);
  expect(world.calls).toContain('deleteNode');
  expect(world.violations).toEqual([]);
});
