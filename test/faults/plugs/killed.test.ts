// kill -9 of the agent at every write of its journal, once each in a life: before it, when what was done is not written
// down yet, and after it, when what is written down is not done yet.
import { expect, test } from 'vitest';
import { stepsIn } from '../every-write/name-write.ts';
import { ALL_STEPS, liveTwoLives } from './lives.ts';

const timeout = 30 * 60_000;

test('killed at every write, a control plane and a worker live from claim to free', { timeout }, async () => {
  const points = { control: /^before /, worker: /^after / };
  const { control, worker } = await liveTwoLives({ name: 'killed', deed: 'kill', points });
  expect(stepsIn(control)).toEqual(ALL_STEPS);
  expect(stepsIn(worker)).toEqual(ALL_STEPS);
});
