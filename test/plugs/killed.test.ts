// kill -9 of the agent just before and just after every write of its journal, once each in a life.
import { expect, test } from 'vitest';
import { ALL_STEPS, liveTwoLives, stepsIn } from './lives.ts';

const timeout = 30 * 60_000;

test(
  'killed before and after every write, a control plane and a worker live from claim to free',
  { timeout },
  async () => {
    const { control, worker } = await liveTwoLives({ name: 'killed', orders: { deed: 'kill', points: /^/ } });
    expect(stepsIn(control)).toEqual(ALL_STEPS);
    expect(stepsIn(worker)).toEqual(ALL_STEPS);
  },
);
