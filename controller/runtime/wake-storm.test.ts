// A thousand machines wait for a host; one says something else each second, one is freed, people change one: who is looked at,
// and who is told, is counted in virtual time.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fit, held, NAMES, unfit, World } from '../../test/support/waiting-world.ts';
import { byoHost } from '../../test/support/builders.ts';

const MINUTES = 4;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  // The pace depends on what a look at the line costs: here it costs nothing, on whatever machine.
  vi.spyOn(process, 'threadCpuUsage').mockReturnValue({ user: 0, system: 0 });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function eachSecond(run: (second: number) => Promise<void>): Promise<void> {
  for (let second = 0; second < MINUTES * 60 - 61; second += 1) await run(second);
}

test('another text of a host each second wakes nobody', async () => {
  const world = new World(unfit('first'));
  await world.begin();
  await eachSecond(async (second) => {
    world.change(unfit(`text ${second}`));
    await world.wait(1);
  });
  expect([world.announced, world.told]).toEqual([0, []]);
});

test('a host that is fit and unfit in turn wakes the one machine that would be given it, at its pace', async () => {
  const world = new World(unfit('first'), unfit('other', 'h2'));
  await world.begin();
  await eachSecond(async (second) => {
    world.change(second % 2 === 0 ? fit() : unfit('again'));
    await world.wait(1);
  });
  expect(world.names).toEqual(new Set(['m0000']));
  expect(world.told.length).toBeLessThan((MINUTES * 60) / 5 + 2);
});

test('one host is freed: the one that is given it is told at once, the head of the line why not, and the others nothing', async () => {
  const world = new World(held());
  await world.begin();
  world.change(held(true));
  await world.wait(5);
  world.change(fit());
  await world.wait(1);
  expect(world.told.map(({ name }) => name)).toContain('m0000');
  await world.wait(300);
  expect(world.names).toEqual(new Set(NAMES.slice(0, 10)));
  expect(world.told.length).toBeLessThanOrEqual(20);
  expect(world.announced).toBeLessThan(100);
});

test('as many are told at once as hosts are free', async () => {
  const world = new World(unfit('a', 'h1'), unfit('b', 'h2'));
  await world.begin();
  world.change(fit('h2'));
  await world.wait(1);
  expect(world.names).toEqual(new Set(['m0000']));
  await world.rest(60);
  world.change(fit('h1'));
  await world.wait(1);
  expect(world.names).toEqual(new Set(['m0000', 'm0001']));
});

test('people change a host: all are told in their turn, ten a second, and an offer overtakes them', async () => {
  const world = new World(unfit('a', 'h1'), unfit('b', 'h2'));
  await world.begin();
  const { metadata, spec, status = {} } = unfit('b', 'h2');
  world.change(byoHost('h2', { metadata: { ...metadata, labels: { rack: '2' } }, spec, status }));
  await world.wait(30);
  const soFar = world.told.length;
  expect(soFar).toBeGreaterThan(200);
  world.change(fit('h1'));
  await world.wait(1);
  expect(world.told.slice(soFar).map(({ name }) => name)).toContain('m0000');
  await world.wait(90);
  expect(world.names.size).toBe(NAMES.length);
  const seconds = Map.groupBy(world.told, ({ second }) => second);
  expect(Math.max(...[...seconds.values()].map((told) => told.length))).toBeLessThanOrEqual(11);
});
