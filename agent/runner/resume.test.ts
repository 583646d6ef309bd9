import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ByoError } from '../../common/errors.ts';
import type { OperationPlan } from './step.ts';
import {
  createTestWorld,
  installInput,
  installKey,
  joinInput,
  joinKey,
  makeFile,
  plansWith,
  runUnitStep,
  type TestWorld,
} from './test-runner.ts';

let world: TestWorld;

beforeEach(async () => {
  world = await createTestWorld();
  world.host.onUnit(() => undefined);
});

afterEach(() => world.remove());

const unitPlan: OperationPlan<unknown> = { steps: [runUnitStep('RunBootstrapCommands', 'u')] };

async function dieDuring(plan: OperationPlan<unknown>): Promise<void> {
  const agent = world.start();
  agent.runner.authorize({ ...joinKey, verb: 'join' });
  agent.runner.perform(joinKey, plan, joinInput).catch(() => undefined);
  await expect.poll(() => world.host.started.length).toBe(1);
  agent.kill();
}

test('killed while its unit runs, the agent attaches to it again, without any order', async () => {
  await dieDuring(unitPlan);
  const { runner, journal } = world.start();
  await runner.resume(plansWith({ join: unitPlan }));
  world.host.finishUnit('u', 0);
  await expect.poll(() => journal.findOperation(joinKey)?.state).toBe('Succeeded');
  expect(world.host.started).toHaveLength(1);
  expect(await world.host.list('/run/byo-agent/orders')).toEqual([]);
  journal.close();
});

test('an order that comes while its operation is resumed attaches', async () => {
  await dieDuring(unitPlan);
  const { runner, journal } = world.start();
  const resuming = runner.resume(plansWith({ join: unitPlan }));
  const attached = runner.perform(joinKey, unitPlan, joinInput);
  await resuming;
  world.host.finishUnit('u', 0);
  expect((await attached).message).toBe('join is done');
  expect(world.host.started).toHaveLength(1);
  journal.close();
});

test('what ended while the agent was dead is told when it comes back', async () => {
  await dieDuring(unitPlan);
  world.host.finishUnit('u', 0);
  const again = world.start();
  await again.runner.resume(plansWith({ join: unitPlan }));
  await again.runner.perform(joinKey, unitPlan, joinInput);
  again.kill();
  const { runner, journal, progress } = world.start();
  await runner.resume(plansWith({ join: unitPlan }));
  expect(progress).toEqual([{ operation: 'join', generation: 1, state: 'Succeeded', message: 'join is done' }]);
  journal.close();
});

test('after a reboot the secret arguments are gone, and the plan says what has become of the join', async () => {
  const error = new ByoError('BootstrapFailed', 'cut by a reboot', { remedy: 'A reset follows', retryable: false });
  const plan: OperationPlan<unknown> = {
    ...unitPlan,
    lookInterrupted: async ({ host }) => {
      const unit = await host.lookUnit('u');
      return unit === undefined || unit === 'running' || unit.ended
        ? { state: 'Resumable' }
        : { state: 'Failed', error };
    },
  };
  await dieDuring(plan);
  await world.host.reboot();
  const { runner, journal, progress } = world.start();
  await runner.resume(plansWith({ join: plan }));
  expect(progress.at(-1)).toMatchObject({ state: 'Failed', message: 'cut by a reboot. A reset follows' });
  await expect(runner.perform(joinKey, plan, joinInput)).rejects.toMatchObject({ reason: 'BootstrapFailed' });
  expect(world.host.started).toHaveLength(1);
  journal.close();
});

test('an order that overtakes the look at an interrupted join waits for its answer', async () => {
  const looked = Promise.withResolvers<void>();
  const error = new ByoError('BootstrapFailed', 'cut by a reboot', { remedy: 'A reset follows', retryable: false });
  const plan: OperationPlan<unknown> = {
    ...unitPlan,
    lookInterrupted: async () => {
      await looked.promise;
      return { state: 'Failed', error };
    },
  };
  await dieDuring(plan);
  await world.host.reboot();
  const { runner, journal } = world.start();
  const resuming = runner.resume(plansWith({ join: plan }));
  const overtaking = runner.perform(joinKey, plan, joinInput).catch((failure: unknown) => failure);
  looked.resolve();
  await resuming;
  expect(await overtaking).toMatchObject({ reason: 'BootstrapFailed' });
  journal.close();
});

test('a join that had not begun waits for its order to come again', async () => {
  await dieDuring(unitPlan);
  await world.host.reboot();
  const { runner, journal } = world.start();
  await runner.resume(plansWith({ join: unitPlan }));
  expect(journal.findOperation(joinKey)?.state).toBe('Running');
  const other: OperationPlan<unknown> = { steps: [makeFile('EraseBootstrapData', [])] };
  await runner.perform(joinKey, other, joinInput);
  expect(journal.findOperation(joinKey)?.state).toBe('Succeeded');
  journal.close();
});

test('after a reboot an install goes on by itself, and looks again at what it had done', async () => {
  const effects: string[] = [];
  const plan: OperationPlan<unknown> = {
    keepsInput: 'journal',
    steps: [
      makeFile('LoadKernelModules', effects),
      makeFile('WriteUnits', effects),
      runUnitStep('ImportImages', 'import'),
    ],
  };
  const first = world.start();
  first.runner.authorize({ ...installKey, verb: 'install' });
  first.runner.perform(installKey, plan, installInput).catch(() => undefined);
  await expect.poll(() => world.host.started.length).toBe(1);
  first.kill();
  await world.host.reboot();
  await rm(`${world.host.root}/effects/LoadKernelModules`);
  world.host.onUnit(() => ({ exitCode: 0 }));
  await world.host.forgetUnit('import');
  const { runner, journal } = world.start();
  await runner.resume(plansWith({ install: plan }));
  await expect.poll(() => journal.findOperation(installKey)?.state).toBe('Succeeded');
  expect(effects).toEqual(['LoadKernelModules', 'WriteUnits', 'LoadKernelModules']);
  journal.close();
});
