// Every wait has its own reason and ends at once when somebody says "look again".
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { progress } from '../../../workflows/details.ts';
import { resultOf } from '../../support/result-of.ts';
import { openBench, type Bench } from './bench.ts';
import { failure } from './world.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => bench.close());

const JOINED = 'BootstrapSucceeded=True/BootstrapSucceeded';

test('waits for the owner, for a host, for the installer and for bootstrap data, each by its reason', async () => {
  const machine = bench.addMachine('gates');
  const { state } = machine.world;
  state.claimGate = { reason: 'WaitingForOwnerMachine', message: 'no owner yet' };
  state.noHost = { reason: 'NoHostFits', message: 'host-1: too small' };
  state.noSeal = { reason: 'WaitingForInstallerConfig', message: 'no installer' };
  state.bootstrapGate = { reason: 'WaitingForBootstrapData', message: 'no Secret yet' };
  await machine.lookAgain();
  await machine.untilCondition('HostClaimed=False/WaitingForOwnerMachine');
  await machine.change((now) => delete now.claimGate);
  await machine.untilCondition('HostClaimed=False/NoHostFits');
  await machine.change((now) => delete now.noHost);
  await machine.untilCondition('HostPrepared=False/WaitingForInstallerConfig');
  await machine.change((now) => delete now.noSeal);
  await machine.untilCondition('BootstrapSucceeded=Unknown/WaitingForBootstrapData');
  expect(machine.world.host.effects).toEqual(['install/v1.36.3']);
  expect(state.providerID).toBeDefined();
  await machine.change((now) => delete now.bootstrapGate);
  await machine.untilCondition(JOINED);
});

test('a query tells phase, host and what is waited for', async () => {
  const machine = bench.addMachine('progress');
  machine.world.state.bootstrapGate = { reason: 'WaitingForBootstrapData', message: 'no Secret yet' };
  await machine.lookAgain();
  await machine.untilCondition('BootstrapSucceeded=Unknown/WaitingForBootstrapData');
  const waiting = { reason: 'WaitingForBootstrapData', message: 'no Secret yet' };
  // The condition is written with an effect that comes just before the wait.
  await vi.waitFor(
    async () => expect(await machine.handle.query(progress)).toEqual({ phase: 'Bootstrap', host: 'host-1', waiting }),
    10_000,
  );
});

test('paused in the middle of a step: the step ends, the next does not begin, a move may pass', async () => {
  const machine = bench.addMachine('paused');
  const gate = Promise.withResolvers<void>();
  machine.world.host.gates.set('install/v1.36.3', gate.promise);
  await machine.lookAgain();
  await machine.until('installing', ({ host }) => host.running.has('install/v1.36.3'));
  expect(machine.world.state.moveBlocked).toBe(true);
  await machine.change((state) => (state.hold = { reason: 'Paused', message: 'paused' }));
  gate.resolve();
  await machine.until('let go', ({ state, host }) => host.installed && !state.moveBlocked);
  expect(machine.world.state.providerID).toBeUndefined();
  expect(machine.world.host.effects).toEqual(['install/v1.36.3']);
  await machine.change((state) => delete state.hold);
  await machine.untilCondition(JOINED);
});

test('not found, with a deletion seen before: nothing is reset, and it goes on when it is back', async () => {
  const machine = bench.addMachine('missing');
  await machine.lookAgain();
  await machine.untilCondition(JOINED);
  await machine.change((state) => Object.assign(state, { notFound: true, hold: { reason: 'Held', message: 'gone' } }));
  const looks = machine.world.calls.filter((call) => call === 'observeMachine').length;
  await machine.lookAgain();
  await machine.until('looked again', ({ calls }) => calls.filter((call) => call === 'observeMachine').length > looks);
  expect(machine.world.host.effects).toEqual(['install/v1.36.3', 'join']);
  await machine.change((state) => {
    delete state.hold;
    delete state.notFound;
    state.deleting = true;
  });
  await resultOf(machine.handle);
  expect(machine.world.state.released).toBe(true);
});

test('an offline host is a wait with its own reason, and starts where it stood when it is back', async () => {
  const hostID = crypto.randomUUID();
  const machine = bench.addMachine('offline', { hostID });
  machine.world.state.hostConnected = false;
  await machine.lookAgain();
  await machine.untilCondition('HostPrepared=False/HostOffline');
  await machine.change((state) => (state.hostConnected = true));
  await machine.untilCondition('HostPrepared=False/Installing');
  await bench.startHostWorker(hostID);
  await machine.untilCondition(JOINED);
  expect(machine.world.host.effects).toEqual(['install/v1.36.3', 'join']);
});

test('a thousand signals cost few looks', async () => {
  const machine = bench.addMachine('steps');
  const gate = Promise.withResolvers<void>();
  machine.world.host.gates.set('install/v1.36.3', gate.promise);
  await machine.lookAgain();
  await machine.until('installing', ({ host }) => host.running.has('install/v1.36.3'));
  await machine.untilCondition('HostPrepared=False/Installing');
  const before = machine.world.calls.length;
  await Promise.all(Array.from({ length: 300 }, async () => machine.lookAgain()));
  gate.resolve();
  await machine.untilCondition(JOINED);
  expect(machine.world.calls.length - before).toBeLessThan(150);
  expect(machine.world.host.effects).toEqual(['install/v1.36.3', 'join']);
});

test('an order for an old key is sealed anew', async () => {
  const machine = bench.addMachine('reseal');
  let refused = false;
  machine.world.faultAt = (call) => {
    if (call !== 'install/v1.36.3' || refused) return undefined;
    refused = true;
    return failure('Reseal');
  };
  await machine.lookAgain();
  await machine.untilCondition(JOINED);
  expect(machine.world.host.effects).toEqual(['install/v1.36.3', 'join']);
  expect(machine.world.calls.filter((call) => call === 'seal install')).toHaveLength(2);
});
