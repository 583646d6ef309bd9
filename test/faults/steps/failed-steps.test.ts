// A failure for good at every declared step, one life each, on a real machine: a reset follows, and the host is as it was.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listDeclaredSteps } from '../../../agent/testing/claim-life.ts';
import { takeSnapshot, type HostSnapshot } from '../../../harness/host-snapshot.ts';
import { openAgentWorld, type AgentWorld } from '../../integration/host/agent-world.ts';
import { plantFaults, prepareFaults, takeFaults } from '../../integration/host/planted-faults.ts';
import { carryOut, differencesTo, lifeOf, resetHost } from '../../integration/host/step-lives.ts';

let world: AgentWorld;
let bare: HostSnapshot;
let generation = 0;

beforeAll(async () => {
  world = await openAgentWorld({ light: true });
  await prepareFaults(world.host);
  bare = await takeSnapshot(world.host);
});

afterAll(() => world.close());

/** A drain writes nothing down and changes nothing here: there is no cluster to be drained from. */
const PLACES = listDeclaredSteps().filter(({ verb }) => verb !== 'drain');

test.each(PLACES)('$verb fails for good at $step: reset, and the host is as it was', async ({ verb, step }) => {
  generation += 1;
  const life = lifeOf(world, generation);
  const orders = {
    install: [life.install],
    join: [life.install, life.join],
    reset: [life.install, life.join, life.reset()],
  };
  const { [verb === 'drain' ? 'reset' : verb]: until } = orders;
  for (const order of until.slice(0, -1)) await carryOut(world, order);
  await plantFaults(world.host, { fault: 'fail', places: new RegExp(`^finish ${verb}.* ${step}$`) });
  const last = until.at(-1) ?? life.reset();
  await expect(carryOut(world, last)).rejects.toMatchObject({ cause: { type: 'StepFailed' } });
  expect(await takeFaults(world.host)).toHaveLength(1);
  await resetHost(world, life.reset(verb === 'reset' ? 1 : 0));
  expect(await differencesTo(world, bare, 'host')).toEqual([]);
});
