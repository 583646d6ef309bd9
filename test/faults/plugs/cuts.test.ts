// The link of a host cut for two seconds, begun just before every write of its agent's journal, once each in a life.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Deed } from '../every-write/armed-host.ts';
import { stepsIn } from '../every-write/name-write.ts';
import type { Bench } from './bench.ts';
import { cutLink, findPort } from './link.ts';
import { ALL_STEPS, liveTwoLives } from './lives.ts';

const timeout = 30 * 60_000;
const WHERE = /^before /;
const CUT_MS = 2000;
/** Between two cuts, so that there is a link to be cut. */
const WHOLE_MS = 500;

async function cutting({ host }: Bench): Promise<Deed> {
  const port = await findPort(host);
  return async (_point, goOn) => {
    await cutLink(port, CUT_MS, goOn);
    await delay(WHOLE_MS);
  };
}

test('the link cut at every write, a control plane and a worker live from claim to free', { timeout }, async () => {
  const points = { control: WHERE, worker: WHERE };
  const { control, worker } = await liveTwoLives({ name: 'cuts', deed: 'ask', points, deedOn: cutting });
  expect(stepsIn(control)).toEqual(ALL_STEPS);
  expect(stepsIn(worker)).toEqual(ALL_STEPS);
});
