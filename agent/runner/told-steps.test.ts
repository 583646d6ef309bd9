// What the end of an operation tells of its steps, however it ended, and whoever asks for it again.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ByoError } from '../../common/errors.ts';
import type { OperationPlan, Step } from './step.ts';
import { createTestWorld, installKey, type TestWorld } from './test-runner.ts';

let world: TestWorld;

beforeEach(async () => {
  world = await createTestWorld();
});

afterEach(() => world.remove());

/** Ends at its third attempt; the link is away for five seconds meanwhile. */
function fetching(away: { seconds: number }, end: () => void): Step<unknown> {
  let attempts = 0;
  return {
    name: 'FetchBundle',
    look: async () => false,
    act: async (context) => {
      attempts += 1;
      context.report({ bytes: attempts * 100, total: 300 });
      away.seconds += 2.5;
      if (attempts < 3) throw new Error('reset by peer');
      away.seconds -= 2.5;
      end();
    },
  };
}

const made: Step<unknown> = { name: 'WriteUnits', look: async () => false, act: async () => undefined };
const fail = (): never => {
  throw new ByoError('BundleInvalid', 'no index', { remedy: 'Make it anew', retryable: false });
};
const told = { step: 'FetchBundle', attempts: 3, bytes: 300, awaySeconds: 5 };

test('a result has attempts, bytes and gaps of the link of each step', async () => {
  const away = { seconds: 60 };
  const { runner, journal } = world.start({ awaySeconds: () => away.seconds });
  runner.authorize({ ...installKey, verb: 'install' });
  const plan: OperationPlan<unknown> = { steps: [fetching(away, () => undefined), made] };
  const { steps = [] } = await runner.perform(installKey, plan, {});
  expect(steps).toMatchObject([told, { step: 'WriteUnits', attempts: 1 }]);
  expect(Object.keys(steps[1] ?? {})).not.toContain('awaySeconds');
  journal.close();
});

test('a failure has them too, with the step at which it ended, and the same from the journal', async () => {
  const away = { seconds: 0 };
  const plan: OperationPlan<unknown> = { steps: [made, fetching(away, fail), { ...made, name: 'ImportImages' }] };
  const first = world.start({ awaySeconds: () => away.seconds });
  first.runner.authorize({ ...installKey, verb: 'install' });
  const steps = [{ step: 'WriteUnits' }, { ...told, failed: true }];
  await expect(first.runner.perform(installKey, plan, {})).rejects.toMatchObject({ reason: 'BundleInvalid', steps });
  first.kill();
  const { runner, journal } = world.start();
  await expect(runner.perform(installKey, plan, {})).rejects.toMatchObject({ remedy: 'Make it anew', steps });
  journal.close();
});

test('a step that fails before it acts is among them', async () => {
  const { runner, journal } = world.start();
  runner.authorize({ ...installKey, verb: 'install' });
  const failed = runner.perform(installKey, { steps: [{ ...made, look: async () => fail() }] }, {});
  await expect(failed).rejects.toMatchObject({ steps: [{ step: 'WriteUnits', attempts: 0, failed: true }] });
  journal.close();
});
