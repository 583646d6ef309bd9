// A host loses power at every step: the control plane's when a step is done and that is not written down yet, the worker's
// when it is written down that a step begins and nothing of it is done.
import { expect, test } from 'vitest';
import type { Deed } from '../every-write/armed-host.ts';
import { stepsIn } from '../every-write/name-write.ts';
import type { Bench } from './bench.ts';
import { ALL_STEPS, liveTwoLives } from './lives.ts';
import { pullPlug } from './moments.ts';

const timeout = 30 * 60_000;

/** With the power goes the document: a join that has succeeded is then concluded by looking, not step by step. */
const CONCLUDED = ['CheckSentinel', 'EraseBootstrapData'];
/** Nothing is ever done by it where kubeadm succeeds. */
const ONLY_LOOKS = ['CheckSentinel'];
const allBut = (names: string[]): Set<string> => new Set([...ALL_STEPS].filter((step) => !names.includes(step)));

async function pulling(bench: Bench): Promise<Deed> {
  return async (_point, goOn) => {
    await pullPlug(bench);
    // Counted when it is over: the next point of the agent that has come up waits for its own.
    await goOn();
  };
}

test('power lost at every step, a control plane and a worker live from claim to free', { timeout }, async () => {
  const points = { control: /^before steps .* Done$/, worker: /^after steps .* Intended$/ };
  const { control, worker } = await liveTwoLives({ name: 'power', deed: 'ask', points, deedOn: pulling });
  expect(stepsIn(control)).toEqual(allBut(CONCLUDED));
  expect(stepsIn([...control, ...worker])).toEqual(allBut(ONLY_LOOKS));
});
