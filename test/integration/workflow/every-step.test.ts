// Every call of a whole life fails for good once, and every call is made twice: the end is the same.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBench, type Bench, type TestMachine } from './bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(async () => bench.close());

/** Thirty lives: half a minute on two idle cores, and the machine may be busy. */
const PATIENCE = 300_000;

/** As the controller's resync: asks when all is quiet, since a fault may have eaten the answer to the last question. */
async function askUntil(machine: TestMachine, what: string, isTrue: () => boolean): Promise<void> {
  let heard = machine.world.calls.length;
  const asking = setInterval(() => {
    const isQuiet = machine.world.calls.length === heard;
    heard = machine.world.calls.length;
    if (isQuiet && !isTrue()) void machine.lookAgain();
  }, 700);
  try {
    await machine.until(what, isTrue);
  } finally {
    clearInterval(asking);
  }
}

async function liveWholeLife(machine: TestMachine): Promise<void> {
  const { world } = machine;
  await machine.lookAgain();
  const isJoined = () => world.conditions.get('BootstrapSucceeded')?.status === 'True';
  await askUntil(machine, 'joined', () => isJoined() && !world.state.moveBlocked);
  await machine.change((state) => (state.deleting = true));
  await askUntil(machine, 'released', () => world.state.released);
}

async function recordCalls(name: string): Promise<string[]> {
  const machine = bench.addMachine(name);
  await liveWholeLife(machine);
  return machine.world.calls;
}

async function liveWithFault(index: number, fault: 'terminal' | 'lost'): Promise<TestMachine> {
  const machine = bench.addMachine(`${fault}-${index}`);
  machine.world.faultAt = (_call, at) => (at === index ? fault : undefined);
  await liveWholeLife(machine);
  return machine;
}

/** One life for each call, few at a time: they share two cores with a server. */
async function liveWithFaults(calls: string[], fault: 'terminal' | 'lost'): Promise<TestMachine[]> {
  const lives: TestMachine[] = [];
  for (let first = 0; first < calls.length; first += 10) {
    const indexes = calls.slice(first, first + 10).map((_call, offset) => first + offset);
    lives.push(...(await Promise.all(indexes.map(async (index) => liveWithFault(index, fault)))));
  }
  return lives;
}

/** What a life must end with, whatever failed on its way: a reset before every further join, and a clean host. */
function endOf({ world }: TestMachine) {
  const { violations, host, state } = world;
  const twice = host.effects.filter((effect, index) => host.effects.indexOf(effect) !== index);
  return { violations, twice, clean: !host.installed && !host.dirty, released: state.released };
}

const GOOD_END = { violations: [], twice: [], clean: true, released: true };

test(
  'a failure for good at any call ends in a condition or is passed, and the host comes back clean',
  { timeout: PATIENCE },
  async () => {
    const calls = await recordCalls('fault-free-1');
    expect(calls.length).toBeGreaterThan(14);
    const lives = await liveWithFaults(calls, 'terminal');
    expect(lives.map((machine, index) => [calls[index], endOf(machine)])).toEqual(
      calls.map((call) => [call, GOOD_END]),
    );
    const untold = lives.filter(
      ({ world }, index) => canBeTold(calls[index]) && !/HostUnfit|Resetting/.test(world.told.join()),
    );
    expect(untold.map(({ world }) => world.machine.name)).toEqual([]);
  },
);

test('every call made twice changes nothing', { timeout: PATIENCE }, async () => {
  const calls = await recordCalls('fault-free-2');
  const lives = await liveWithFaults(calls, 'lost');
  expect(lives.map((machine, index) => [calls[index], endOf(machine)])).toEqual(calls.map((call) => [call, GOOD_END]));
  const effects = new Set(lives.map(({ world }) => world.host.effects.join()));
  expect([...effects]).toEqual(['install/v1.36.3,join,drain,reset']);
});

/** A look that fails, or a condition that cannot be written, leaves no condition: current details tell it. */
function canBeTold(call = ''): boolean {
  return /^(install|join|drain|reset|seal|claimHost)/.test(call);
}
