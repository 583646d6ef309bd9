import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OperationPlan } from './step.ts';
import {
  createTestWorld,
  installInput,
  installKey,
  joinInput,
  joinKey,
  makeFile,
  plansWith,
  resetKey,
  runUnitStep,
  type TestWorld,
} from './test-runner.ts';

let world: TestWorld;

beforeEach(async () => {
  world = await createTestWorld();
  world.host.onUnit(() => undefined);
});

afterEach(() => world.remove());

const joinPlan: OperationPlan<unknown> = { steps: [runUnitStep('RunBootstrapCommands', 'u')] };
const resetPlan: OperationPlan<unknown> = {
  steps: [],
  keepsInput: 'journal',
  stopsOthers: true,
  closesGeneration: () => true,
};

test('a stop ends the unit as well, and what was stopped stays so', async () => {
  const { runner, journal, progress } = world.start();
  runner.authorize({ ...joinKey, verb: 'join' });
  const joining = runner.perform(joinKey, joinPlan, joinInput);
  const heard = joining.catch((error: unknown) => error);
  await expect.poll(() => world.host.started.length).toBe(1);
  await runner.stop(joinKey);
  expect(await heard).toMatchObject({ reason: 'OperationStopped', retryable: false });
  expect(await world.host.lookUnit('u')).toMatchObject({ ended: true, exitCode: 143 });
  expect(progress.at(-1)?.state).toBe('Stopped');
  expect(journal.findOperation(joinKey)?.state).toBe('Stopped');
  expect(await world.host.list('/run/byo-agent/orders')).toEqual([]);
  await expect(runner.perform(joinKey, joinPlan, joinInput)).rejects.toMatchObject({ reason: 'OperationStopped' });
  expect(world.host.started).toHaveLength(1);
  journal.close();
});

test('a stop of a wait does not wait for it', async () => {
  const { runner, journal } = world.start();
  runner.authorize({ ...installKey, verb: 'install' });
  const never = {
    name: 'FetchBundle' as const,
    look: async () => false,
    act: async () => Promise.reject(new Error('no')),
  };
  const heard = runner.perform(installKey, { steps: [never] }, {}).catch((error: unknown) => error);
  await expect.poll(() => journal.findStep(installKey, 'FetchBundle')?.attempt ?? 0).toBeGreaterThan(2);
  await runner.stop('all');
  expect(await heard).toMatchObject({ reason: 'OperationStopped', retryable: false });
  journal.close();
});

test('an agent that died while stopping finishes the stop, and does not go on', async () => {
  const first = world.start({
    onPoint: (point) => {
      if (point === 'after beginStop') throw new Error('died');
    },
  });
  first.runner.authorize({ ...joinKey, verb: 'join' });
  first.runner.perform(joinKey, joinPlan, joinInput).catch(() => undefined);
  await expect.poll(() => world.host.started.length).toBe(1);
  await expect(first.runner.stop(joinKey)).rejects.toThrow('died');
  first.kill();
  const { runner, journal, progress } = world.start();
  await runner.resume(plansWith({ join: joinPlan }));
  expect(journal.findOperation(joinKey)?.state).toBe('Stopped');
  expect(await world.host.lookUnit('u')).toMatchObject({ exitCode: 143 });
  expect(progress.at(-1)).toMatchObject({ operation: 'join', state: 'Stopped' });
  journal.close();
});

test('a reset stops what runs, forgets its units, takes everything back and closes the generation', async () => {
  const { runner, journal } = world.start();
  runner.authorize({ ...joinKey, verb: 'join' });
  const join = { steps: [makeFile('WriteBootstrapFiles', []), ...joinPlan.steps] };
  const heard = runner.perform(joinKey, join, joinInput).catch((error: unknown) => error);
  await expect.poll(() => world.host.started.length).toBe(1);
  expect(runner.authorize({ ...resetKey, verb: 'reset' })).toBe('Authorized');
  const undo = {
    name: 'UndoChanges' as const,
    look: async () => false,
    act: async ({ ledger }: { ledger: { undoAll(): Promise<unknown[]> } }) => {
      expect(await ledger.undoAll()).toEqual([]);
    },
  };
  const result = await runner.perform(resetKey, { ...resetPlan, steps: [undo] }, {});
  expect(await heard).toMatchObject({ reason: 'OperationStopped', retryable: false });
  expect(await world.host.lookUnit('u')).toBeUndefined();
  expect(await world.host.list('/effects')).toEqual([]);
  expect(journal.readClaims()).toEqual({ resetting: false, highest: 1, closed: [{ incarnation: 'a', generation: 1 }] });
  expect(runner.authorize({ ...resetKey, verb: 'reset' })).toBe('AlreadyClean');
  // By another plan, which has no such steps, the end alone is answered.
  expect(result).toMatchObject({ steps: [{ step: 'UndoChanges', attempts: 1 }] });
  expect(await runner.perform(resetKey, resetPlan, {})).toMatchObject({ message: result.message });
  expect(() => runner.authorize({ ...joinKey, verb: 'join' })).toThrow(/closed by a reset/);
  expect(runner.authorize({ incarnation: 'b', generation: 2, verb: 'install' })).toBe('Authorized');
  journal.close();
});

test('while a claim is being reset nothing else of it begins, not even after a crash', async () => {
  const resetUnit: OperationPlan<unknown> = { ...resetPlan, steps: [runUnitStep('ResetKubeadm', 'kubeadm-reset')] };
  const first = world.start();
  first.runner.authorize({ ...installKey, verb: 'install' });
  first.runner.perform(resetKey, resetUnit, { skipEtcdMemberRemoval: false }).catch(() => undefined);
  await expect.poll(() => world.host.started.length).toBe(1);
  await expect(first.runner.perform(installKey, { steps: [] }, {})).rejects.toMatchObject({ reason: 'ClaimConflict' });
  first.kill();
  const { runner, journal } = world.start();
  expect(() => runner.authorize({ ...installKey, verb: 'install' })).toThrow(/being reset/);
  await runner.resume(plansWith({ reset: resetUnit }));
  const attached = runner.perform(resetKey, resetUnit, { skipEtcdMemberRemoval: false });
  world.host.finishUnit('kubeadm-reset', 0);
  await attached;
  expect(world.host.started).toHaveLength(1);
  expect(journal.readClaims().open).toBeUndefined();
  journal.close();
});

test('a reset that keeps the claim lets a later attempt begin', async () => {
  const { runner, journal } = world.start();
  runner.authorize({ ...installKey, verb: 'install' });
  await runner.perform(
    { ...resetKey, operation: 'reset/keep-claim' },
    { ...resetPlan, closesGeneration: () => false },
    {},
  );
  const again = { ...installKey, operation: 'install/v1.36.3#1' };
  expect(runner.authorize({ ...again, verb: 'install' })).toBe('Authorized');
  expect((await runner.perform(again, { steps: [] }, installInput)).message).toBe('install/v1.36.3#1 is done');
  journal.close();
});
