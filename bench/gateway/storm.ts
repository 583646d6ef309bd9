// The gateway killed and started again, and how its hosts come back: judged at the gateway, and then at Temporal.
import { setTimeout as delay } from 'node:timers/promises';
import type { Instance } from '../../lab/index.ts';
import { killProcess, restartProcess } from '../../lab/processes.ts';
import type { Metrics } from '../metrics.ts';
import { load } from '../report.ts';
import { round } from '../statistics.ts';
import { pidOf, usageOf } from '../usage.ts';
import type { Load } from './load-processes.ts';
import { GATEWAY } from './measure.ts';

export type Storm = { instance: Instance; metrics: Metrics; load: Load; hosts: number };

/** Seconds from the start of the gateway until that share of the hosts polled; and what happened meanwhile. */
export type Return = {
  half: number | undefined;
  most: number | undefined;
  all: number | undefined;
  polls: number;
  dials: number;
  /** Connections that the gateway turned away meanwhile, by its reason: all hosts come from one address here. */
  refused: Record<string, number>;
  gatewayCpuSeconds: number;
  load: number[];
};

/** Connections that all hosts tried to begin, in the first seconds of an outage and in its last. */
export type Outage = { seconds: number; first: Attempts; last?: Attempts };
type Attempts = { seconds: number; tunnels: number; reports: number; perSecond: number };

const GIVE_UP_SECONDS = 300;
/** Waits begin short and grow: how busy the hosts are at first, and once all waits are at their longest. */
const FIRST_SECONDS = 10;
const LAST_SECONDS = 60;
const LOOK_EVERY_MS = 250;

/** Waits until all poll, or for so long that no goal could be met any more. */
export async function watchReturn({ instance, metrics, load: fleet, hosts }: Storm, since: number): Promise<Return> {
  const before = fleet.counts().dials;
  const reached: (number | undefined)[] = [undefined, undefined, undefined];
  const shares = [0.5, 0.95, 1].map((share) => Math.ceil(hosts * share));
  const elapsed = () => (performance.now() - since) / 1000;
  let polls = 0;
  while (reached[2] === undefined && elapsed() < GIVE_UP_SECONDS) {
    polls = (await metrics.read('byo_gateway_polls_open')) ?? 0;
    for (const [at, share] of shares.entries()) if (polls >= share) reached[at] ??= round(elapsed());
    await delay(LOOK_EVERY_MS);
  }
  const { cpuSeconds } = await usageOf(pidOf(instance.dir, GATEWAY));
  const [half, most, all] = reached;
  const dials = fleet.counts().dials - before;
  const refused = await readRefused(metrics);
  return { half, most, all, polls, dials, refused, gatewayCpuSeconds: round(cpuSeconds), load: load() };
}

const REASONS = ['ConnectRate', 'HandshakeCap', 'Handshake'];

async function readRefused(metrics: Metrics): Promise<Record<string, number>> {
  const series = REASONS.map((reason) => `byo_gateway_connections_refused_total{reason="${reason}"}`);
  const counts = await Promise.all(series.map((name) => metrics.read(name)));
  return Object.fromEntries(REASONS.map((reason, at) => [reason, counts[at] ?? 0]));
}

/** Kills the gateway without a word and leaves it away for so long. */
export async function keepAway(storm: Storm, seconds: number): Promise<Outage> {
  await killProcess(storm.instance.dir, GATEWAY);
  const first = await countAttempts(storm, FIRST_SECONDS);
  const left = seconds - FIRST_SECONDS;
  if (left <= LAST_SECONDS) {
    await delay(left * 1000);
    return { seconds, first };
  }
  await delay((left - LAST_SECONDS) * 1000);
  return { seconds, first, last: await countAttempts(storm, LAST_SECONDS) };
}

/** The counts of the fleet are up to half a second old. */
async function countAttempts({ load: fleet }: Storm, seconds: number): Promise<Attempts> {
  const before = fleet.counts();
  await delay(seconds * 1000);
  const after = fleet.counts();
  const [tunnels, reports] = [after.dials - before.dials, after.reportDials - before.reportDials];
  return { seconds, tunnels, reports, perSecond: round((tunnels + reports) / seconds) };
}

/** Starts it again as it was; answers when that was (monotonic, ms). */
export async function bringBack({ instance }: Storm): Promise<number> {
  const since = performance.now();
  await restartProcess(instance.dir, GATEWAY);
  return since;
}

/** Waits until so many poll. */
export async function untilPolling({ metrics }: Storm, count: number): Promise<void> {
  const end = performance.now() + GIVE_UP_SECONDS * 1000;
  while (((await metrics.read('byo_gateway_polls_open')) ?? 0) < count && performance.now() < end) await delay(50);
}
