// `npm run bench -- fleet`: so many machines asked for at once, all Ready, all deleted; beside the same with an older commit.
import { describeError } from '../../common/errors.ts';
import { onGround, type GroundOptions } from '../environment.ts';
import { describeMachine, finish, say, type CommonOptions, type Goal } from '../report.ts';
import { round } from '../statistics.ts';
import { checkOut } from './checkout.ts';
import { measureFleet, type FleetOptions, type Measured } from './measure.ts';

/** `against`: the commit to compare with; false: none. */
export type FleetBenchOptions = CommonOptions & FleetOptions & { against: string | false };

type Side = { commit: string; measured: Measured };

/** A side that fails keeps nothing of the other back: what was measured is told, and the command fails. */
export async function benchFleet(options: FleetBenchOptions): Promise<void> {
  const machine = describeMachine();
  const { against } = options;
  const now = await settle(measureSide(options, {}));
  const older = await settle(against === false ? undefined : measureOlder(options, against));
  if (now.value && older.value) compare(now.value, older.value.measured);
  const failed = [now, older].flatMap(({ error }) => error ?? []);
  const goals = now.value ? goalsOf(now.value, older.value?.measured) : [];
  await finish('fleet', { machine, options, now: now.value, older: older.value, failed, goals }, options.json);
  if (failed.length > 0) process.exitCode = 1;
}

/** What came of one side; that it failed is told at once. */
async function settle<T>(work: Promise<T> | undefined): Promise<{ value?: T | undefined; error?: string }> {
  try {
    return { value: await work };
  } catch (error) {
    say(`this side has failed: ${error instanceof Error ? error.stack : String(error)}`);
    return { error: describeError(error) };
  }
}

async function measureSide(options: FleetBenchOptions, more: Partial<GroundOptions>): Promise<Measured> {
  const { instance: name, keep } = options;
  return onGround({ name, hosts: 0, keep, ...more }, (ground) => measureFleet(ground, options));
}

/** The driver and the hosts stay ours: what differs is the controller, the gateway, their kinds and rights. */
async function measureOlder(options: FleetBenchOptions, commit: string): Promise<Side> {
  const checkout = await checkOut(commit);
  try {
    say(`▸ the same with ${checkout.commit}`);
    const name = `${options.instance}-older`;
    return { commit: checkout.commit, measured: await measureSide(options, { name, source: checkout.source }) };
  } finally {
    await checkout.remove();
  }
}

type Row = [what: string, of: (measured: Measured) => number];

const ROWS: Row[] = [
  ['machines a minute, to Ready', ({ toReady }) => toReady.machinesPerMinute],
  ['machines a minute, back', ({ back }) => back.machinesPerMinute],
  ['CPU of a life, controller, ms', (measured) => cpuOf(measured, 'byo-controller')],
  ['CPU of a life, gateway, ms', (measured) => cpuOf(measured, 'byo-gateway')],
  ['CPU of a life, Temporal, ms', (measured) => cpuOf(measured, 'temporal')],
  ['CPU of a life, API server, ms', (measured) => cpuOf(measured, 'api-server')],
  ['controller at rest, MiB', ({ rest }) => rest.memory['byo-controller']?.resident ?? 0],
  ['controller at most, MiB', (measured) => mostOf(measured, 'byo-controller')],
  ['gateway at rest, MiB', ({ rest }) => rest.memory['byo-gateway']?.resident ?? 0],
  ['gateway at most, MiB', (measured) => mostOf(measured, 'byo-gateway')],
  ['activities to Ready', ({ histories }) => histories.toReady.activities],
  ['events to Ready', ({ histories }) => histories.toReady.events],
  ['kilobytes of history to Ready', ({ histories }) => histories.toReady.kilobytes],
  ['activities of a life', ({ histories }) => histories.life.activities],
  ['events of a life', ({ histories }) => histories.life.events],
  ['kilobytes of history of a life', ({ histories }) => histories.life.kilobytes],
  ['API writes of a life', ({ writes }) => sumOf(writes)],
  ['API reads of a life', ({ reads }) => sumOf(reads)],
];

function compare(now: Measured, older: Measured): void {
  say(`\n${'a machine'.padEnd(34)}${'now'.padStart(10)}${'older'.padStart(10)}${'ratio'.padStart(8)}`);
  for (const [what, of] of ROWS) {
    const [ours, theirs] = [of(now), of(older)];
    const numbers = [ours, theirs].map((value) => String(round(value)).padStart(10)).join('');
    say(`${what.padEnd(34)}${numbers}${String(round(ours / theirs, 2)).padStart(8)}`);
  }
}

function cpuOf({ toReady, back }: Measured, name: string): number {
  return [toReady, back].reduce((sum, half) => sum + (half.cpuMillisecondsOfAMachine[name] ?? 0), 0);
}

function mostOf({ toReady, back }: Measured, name: string): number {
  return Math.max(...[toReady, back].map((half) => half.residentAtMost[name] ?? 0));
}

function sumOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** What an older commit's cost grows with is the fleet: the goal of processor time is one for a large one. */
const LARGE = 300;

function goalsOf(now: Measured, older: Measured | undefined): Goal[] {
  const share = older && cpuOf(now, 'byo-controller') / cpuOf(older, 'byo-controller');
  const isLarge = now.histories.machines >= LARGE;
  return [
    goal('controller at most, MiB resident', mostOf(now, 'byo-controller'), 250),
    goal('activities of a machine to Ready', now.histories.toReady.activities, 12),
    goal('events of a machine to Ready', now.histories.toReady.events, 80),
    goal('runs that go on when every host is free', now.histories.goOn, 0),
    ...(share !== undefined && isLarge ? [goal('CPU of the controller, of the older one', round(share, 2), 0.2)] : []),
  ];
}

function goal(what: string, measured: number, most: number): Goal {
  return { what, measured, goal: `≤ ${most}`, met: measured <= most };
}
