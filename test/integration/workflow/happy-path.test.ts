// From nothing to Ready and back: three runs, every step once, the release last.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resultOf } from '../../support/result-of.ts';
import { openBench, type Bench } from './bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => bench.close());

const deeds = (calls: string[]) => calls.filter((call) => !/^(observeMachine|reportConditions)$/.test(call));

test('claims, prepares, joins, rests; then drains, resets, deletes the Node and releases', async () => {
  const machine = bench.addMachine('happy');
  await machine.lookAgain();
  await machine.untilCondition('BootstrapSucceeded=True/BootstrapSucceeded');
  await machine.until('at rest', ({ state }) => !state.moveBlocked);
  expect(deeds(machine.world.calls)).toEqual([
    'claimHost',
    'seal install',
    'install/v1.36.3',
    'setProviderID',
    'seal join',
    'join',
  ]);
  await machine.change((state) => (state.deleting = true));
  await resultOf(machine.handle);
  expect(deeds(machine.world.calls).slice(6)).toEqual([
    'seal drain',
    'drain',
    'seal reset',
    'reset',
    'deleteNode',
    'releaseHost',
  ]);
  expect(machine.world.calls.at(-1)).toBe('releaseHost');
  expect(machine.world.violations).toEqual([]);
});
