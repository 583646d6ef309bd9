import { expect, test } from 'vitest';
import type { OperationPlan } from './step.ts';
import { createTestWorld, installInput, installKey, makeFile, plansWith, runUnitStep } from './test-runner.ts';

/** Everything an operation does, with the effects that must happen once. */
function createPlan(effects: string[]): OperationPlan<unknown> {
  return {
    keepsInput: 'journal',
    steps: [
      makeFile('FetchBundle', effects),
      runUnitStep('ImportImages', 'import'),
      makeFile('EnableKubelet', effects),
    ],
  };
}

type Ending = { points: number; died: boolean };

/** Runs the operation in an agent that is killed at write number `deathAt`, then in one that lives. */
async function runWithDeath(deathAt: number, boots: 'same' | 'new'): Promise<Ending> {
  const world = await createTestWorld();
  const effects: string[] = [];
  let points = 0;
  const mortal = world.start({
    onPoint: (point) => {
      points += 1;
      if (points >= deathAt) throw new Error(`died ${point}`);
    },
  });
  try {
    mortal.runner.authorize({ ...installKey, verb: 'install' });
    await mortal.runner.perform(installKey, createPlan(effects), installInput);
  } catch {
    // It died: what it left is what the next one finds.
  }
  mortal.kill();
  if (boots === 'new') await world.host.reboot();
  const { runner, journal } = world.start();
  await runner.resume(plansWith({ install: createPlan(effects) }));
  runner.authorize({ ...installKey, verb: 'install' });
  const result = await runner.perform(installKey, createPlan(effects), installInput);
  expect(result.message).toBe('install/v1.36.3 is done');
  expect(effects).toEqual(['FetchBundle', 'EnableKubelet']);
  expect(world.host.started.map(({ unit }) => unit)).toEqual(['import']);
  expect(journal.listOperations(['Running', 'Stopping', 'Failed', 'Stopped'])).toEqual([]);
  journal.close();
  await world.remove();
  return { points, died: points >= deathAt };
}

for (const boots of ['same', 'new'] as const) {
  test(`killed before or after any write, ${boots} boot: every effect happens once`, { timeout: 60_000 }, async () => {
    let deaths = 0;
    for (let deathAt = 1; ; deathAt += 1) {
      const { died } = await runWithDeath(deathAt, boots);
      if (!died) break;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThan(15);
  });
}
