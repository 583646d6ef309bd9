// What hosts and machines speak through is killed at every step: the gateway when host1 begins one, Temporal when host2 has
// done one and has not written that down. The steps go on meanwhile, and what they came to is told afterwards, once.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { killProcess, restartProcess } from '../../../lab/processes.ts';
import type { Deed } from '../every-write/armed-host.ts';
import { stepsIn } from '../every-write/name-write.ts';
import type { Bench } from './bench.ts';
import { ALL_STEPS, liveTwoLives } from './lives.ts';

const timeout = 30 * 60_000;
/** Short steps end in this time, long ones are in their midst. */
const AWAY_MS = 1000;

async function killing({ instance: { dir }, host }: Bench): Promise<Deed> {
  const server = host.name === 'host1' ? 'byo-gateway' : 'temporal';
  return async (_point, goOn) => {
    await killProcess(dir, server);
    await goOn();
    await delay(AWAY_MS);
    await restartProcess(dir, server);
  };
}

test('gateway or Temporal killed at every step, two nodes live from claim to free', { timeout }, async () => {
  const points = { control: /^after steps .* Intended$/, worker: /^before steps .* Done$/ };
  const { control, worker } = await liveTwoLives({ name: 'servers', deed: 'ask', points, deedOn: killing });
  // What a step finds done already it does not begin: no swap, a sentinel that is there.
  expect(stepsIn(control).size).toBeGreaterThan(ALL_STEPS.size - 5);
  expect(stepsIn(worker)).toEqual(ALL_STEPS);
});
