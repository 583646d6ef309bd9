// Lives whose histories are kept and replayed with every later version of the workflow.
import type { TestMachine } from './bench.ts';
import { progress } from '../../../workflows/details.ts';
import { failure } from './world.ts';

const JOINED = 'BootstrapSucceeded=True/BootstrapSucceeded';

async function restAndRelease(machine: TestMachine): Promise<void> {
  await machine.untilCondition(JOINED);
  await untilReady(machine);
  await machine.change((state) => (state.deleting = true));
  await machine.until('released', ({ state }) => state.released);
}

/** The run that rests has begun. */
async function untilReady({ handle }: TestMachine): Promise<void> {
  const given = Date.now() + 60_000;
  while ((await handle.query(progress)).phase !== 'Ready') {
    if (Date.now() > given) throw new Error('never at rest');
  }
}

async function liveWithWaits(machine: TestMachine): Promise<void> {
  machine.world.state.claimGate = { reason: 'WaitingForOwnerMachine', message: 'no owner yet' };
  machine.world.state.bootstrapGate = { reason: 'WaitingForBootstrapData', message: 'no Secret yet' };
  await machine.lookAgain();
  await machine.untilCondition('HostClaimed=False/WaitingForOwnerMachine');
  await machine.change((state) => delete state.claimGate);
  await machine.untilCondition('BootstrapSucceeded=Unknown/WaitingForBootstrapData');
  await machine.change((state) => (state.hold = { reason: 'Paused', message: 'paused' }));
  await machine.change((state) => {
    delete state.hold;
    delete state.bootstrapGate;
  });
  await restAndRelease(machine);
}

async function liveWithFailedBootstrap(machine: TestMachine): Promise<void> {
  for (const join of ['join', 'join#1', 'join#2']) machine.world.host.outcomes.set(join, failure('BootstrapFailed'));
  await machine.lookAgain();
  await machine.untilCondition('BootstrapSucceeded=False/BootstrapFailed');
  await machine.until('at rest', ({ state }) => !state.moveBlocked);
  await machine.change((state) => (state.retryAnnotation = true));
  await restAndRelease(machine);
}

async function liveUntilDeletedWhileInstalling(machine: TestMachine): Promise<void> {
  machine.world.host.gates.set('install/v1.36.3', new Promise(() => undefined));
  machine.world.host.outcomes.set('reset', failure('NotClean'));
  await machine.lookAgain();
  await machine.until('installing', ({ host }) => host.running.has('install/v1.36.3'));
  await machine.untilCondition('HostPrepared=False/Installing');
  await machine.change((state) => (state.deleting = true));
  await machine.untilCondition('HostReset=False/NotClean');
  await machine.lookAgain();
  await machine.until('released', ({ state }) => state.released);
}

/** By the name of their files. */
export const SCENARIOS: Record<string, (machine: TestMachine) => Promise<void>> = {
  'waits-and-pause': liveWithWaits,
  'failed-bootstrap': liveWithFailedBootstrap,
  'deleted-while-installing': liveUntilDeletedWhileInstalling,
};

async function cleanUpWhatWasForcedAway(machine: TestMachine): Promise<void> {
  const { state, host } = machine.world;
  await machine.untilCondition('CleanedUp=False/HostOffline');
  host.outcomes.set('reset', failure('NotClean'));
  state.owed = { freeGate: { reason: 'WaitingForMachineDeletion', message: 'still there' } };
  await machine.cleanup.lookAgain();
  await machine.untilCondition('CleanedUp=False/NotClean');
  await machine.cleanup.lookAgain();
  await machine.untilCondition('CleanedUp=False/WaitingForMachineDeletion');
  state.owed = {};
  await machine.cleanup.lookAgain();
}

/** Of the workflow that cleans up, each from a host that is away. */
export const CLEANUPS: Record<string, (machine: TestMachine) => Promise<void>> = {
  'forced-away': cleanUpWhatWasForcedAway,
};
