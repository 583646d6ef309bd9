// What fails for good is a condition with cause and remedy; a failed bootstrap is never run again over its remains.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resultOf } from '../../support/result-of.ts';
import { openBench, type Bench } from './bench.ts';
import { failure } from './world.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => bench.close());

const JOINED = 'BootstrapSucceeded=True/BootstrapSucceeded';

test('a failed install is a condition with its remedy; the next try is another operation', async () => {
  const machine = bench.addMachine('bad-bundle');
  machine.world.host.outcomes.set('install/v1.36.3', failure('BundleInvalid'));
  await machine.lookAgain();
  await machine.untilCondition('HostPrepared=False/BundleInvalid');
  const message = machine.world.conditions.get('HostPrepared')?.message;
  expect(message).toBe('BundleInvalid happened. Mend BundleInvalid');
  await machine.until('let go', ({ state }) => !state.moveBlocked);
  await machine.lookAgain();
  await machine.untilCondition(JOINED);
  expect(machine.world.host.effects).toEqual(['install/v1.36.3', 'install/v1.36.3#1', 'join#1']);
});

test('a failed bootstrap: reset, same host, the whole again, at most twice; then it stops until it is asked to', async () => {
  const machine = bench.addMachine('bad-bootstrap');
  for (const join of ['join', 'join#1', 'join#2']) machine.world.host.outcomes.set(join, failure('BootstrapFailed'));
  await machine.lookAgain();
  await machine.untilCondition('BootstrapSucceeded=False/BootstrapFailed');
  const attempts = ['install/v1.36.3', 'join'];
  for (const attempt of [1, 2]) {
    attempts.push(`reset/keep-claim#${attempt}`, `install/v1.36.3#${attempt}`, `join#${attempt}`);
  }
  expect(machine.world.host.effects).toEqual(attempts);
  expect(machine.world.told.filter((told) => told === 'BootstrapSucceeded=False/BootstrapFailed')).toHaveLength(1);
  await machine.until('at rest', ({ state }) => !state.moveBlocked);
  await machine.change((state) => (state.retryAnnotation = true));
  await machine.untilCondition(JOINED);
  expect(machine.world.host.effects.slice(8)).toEqual(['reset/keep-claim#3', 'install/v1.36.3#3', 'join#3']);
  expect(machine.world.violations).toEqual([]);
});

test('an annotation that is there all along does not make it try for ever', async () => {
  const machine = bench.addMachine('annotated');
  machine.world.state.retryAnnotation = true;
  machine.world.host.outcomes.set('join', failure('BootstrapTokenExpired'));
  await machine.lookAgain();
  await machine.untilCondition('BootstrapSucceeded=False/BootstrapTokenExpired');
  await machine.until('at rest', ({ state }) => !state.moveBlocked);
  await machine.lookAgain();
  await machine.lookAgain();
  expect(machine.world.host.effects).toEqual(['install/v1.36.3', 'join']);
  await machine.change((state) => (state.deleting = true));
  await resultOf(machine.handle);
  expect(machine.world.violations).toEqual([]);
});

test('a run that was terminated finds its attempt again and makes no more of them', async () => {
  const machine = bench.addMachine('terminated');
  for (const join of ['join', 'join#1', 'join#2']) machine.world.host.outcomes.set(join, failure('BootstrapFailed'));
  const gate = Promise.withResolvers<void>();
  machine.world.host.gates.set('install/v1.36.3#1', gate.promise);
  await machine.lookAgain();
  await machine.until('in the second attempt', ({ host }) => host.running.has('install/v1.36.3#1'));
  await machine.handle.terminate('a person did it');
  gate.resolve();
  await machine.lookAgain();
  await machine.untilCondition('BootstrapSucceeded=False/BootstrapFailed');
  expect(machine.world.host.effects.filter((effect) => effect.startsWith('join'))).toHaveLength(3);
  expect(new Set(machine.world.host.effects).size).toBe(machine.world.host.effects.length);
  expect(machine.world.violations).toEqual([]);
});

test('terminated and started again on a Ready machine: it looks and does nothing', async () => {
  const machine = bench.addMachine('again');
  await machine.lookAgain();
  await machine.untilCondition(JOINED);
  await machine.until('at rest', ({ state }) => !state.moveBlocked);
  await machine.handle.terminate('a person did it');
  const before = machine.world.calls.length;
  const conditions = structuredClone([...machine.world.conditions]);
  await machine.lookAgain();
  await machine.until('looked', ({ calls }) => calls.length > before);
  await machine.lookAgain();
  await machine.until('looked again', ({ calls }) => calls.length > before + 1);
  expect(machine.world.calls.slice(before)).toEqual(['observeMachine', 'observeMachine']);
  expect([...machine.world.conditions]).toEqual(conditions);
});

test('a host that is not proven clean stays claimed, says so, and is tried again', async () => {
  const machine = bench.addMachine('not-clean');
  machine.world.host.outcomes.set('reset', failure('NotClean'));
  await machine.lookAgain();
  await machine.untilCondition(JOINED);
  await machine.change((state) => (state.deleting = true));
  await machine.untilCondition('HostReset=False/NotClean');
  await machine.until('let go', ({ state }) => !state.moveBlocked);
  expect(machine.world.state.released).toBe(false);
  await machine.lookAgain();
  await resultOf(machine.handle);
  expect(machine.world.host.effects.slice(2)).toEqual(['drain', 'reset', 'reset#1']);
  expect(machine.world.violations).toEqual([]);
});

test('a result of an unknown shape is a failure of the operation, told and tried again; deletion goes on', async () => {
  const machine = bench.addMachine('no-message');
  const { answers, effects } = machine.world.host;
  answers.set('install/v1.36.3', { operation: 'install/v1.36.3', generation: 1 });
  await machine.lookAgain();
  await machine.untilCondition('HostPrepared=False/StepFailed');
  expect(machine.world.conditions.get('HostPrepared')?.message).toContain(
    'answered install/v1.36.3 with a result of an',
  );
  await machine.until('let go', ({ state }) => !state.moveBlocked);
  await machine.lookAgain();
  await machine.untilCondition(JOINED);
  answers.set('drain', null);
  answers.set('reset', { operation: 'reset', generation: 7 });
  await machine.change((state) => (state.deleting = true));
  await machine.untilCondition('HostReset=False/StepFailed');
  expect(machine.world.told).toContain('Drained=False/StepFailed');
  await machine.until('let go of the reset', ({ state }) => !state.moveBlocked);
  await machine.lookAgain();
  await resultOf(machine.handle);
  expect(effects.filter((effect) => effect.startsWith('reset'))).toEqual(['reset', 'reset#1']);
  expect(machine.world.violations).toEqual([]);
});
