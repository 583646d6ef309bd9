// One fleet, measured: at rest, on the way to Ready, and on the way back, with the programs of one commit.
import { setTimeout as delay } from 'node:timers/promises';
import type { Ground } from '../environment.ts';
import { kubectlOf } from '../../harness/kubectl.ts';
import { makeFleet } from '../gateway/fleet.ts';
import { untilPolls } from '../metrics.ts';
import { startLoad } from '../gateway/load-processes.ts';
import { load, say } from '../report.ts';
import { round, summarise } from '../statistics.ts';
import { countRequests, readRequests, requestsOf } from './api-requests.ts';
import { readHistories } from './histories.ts';
import { watchLives, type Half } from './lives.ts';
import { makeCluster } from './objects.ts';
import { readMemory, readProcessorTime, watchMemory, type ByProgram } from './processes.ts';

export type FleetOptions = { machines: number; processes: number; step: number };

export type Measured = Awaited<ReturnType<typeof measureFleet>>;

const REST_SECONDS = 20;
/** How long hosts may take until all of them poll. */
const joinSecondsFor = (hosts: number): number => Math.max(300, hosts);

export async function measureFleet({ instance, kube: admin, metrics }: Ground, options: FleetOptions) {
  const { machines } = options;
  const { dir } = instance;
  const { kube, own } = countRequests(admin);
  const { file } = await makeFleet(kube, instance, { count: machines, stepMs: options.step });
  await makeCluster(kube, instance.kubeconfig);
  const hosts = startLoad(file, machines, options.processes);
  try {
    await untilPolls(metrics.gateway, (polls) => polls >= machines, joinSecondsFor(machines));
    const rest = await tell('at rest', measureRest(dir));
    const kubectl = kubectlOf(instance);
    const [before, ownBefore] = [await readRequests(kubectl), own()];
    const lives = await watchLives(kube, machines);
    const half = (run: () => Promise<Half>) => measureHalf(dir, machines, run);
    const toReady = await tell('to Ready', half(lives.toReady));
    const back = await tell('back to free hosts', half(lives.back));
    lives.stop();
    const spent = { before, after: await readRequests(kubectl), own: subtract(own(), ownBefore) };
    const api = { reads: requestsOf('reads', spent, machines), writes: requestsOf('writes', spent, machines) };
    await tell('asked of the API server', Promise.resolve(api));
    const memoryAfter = await readMemory(dir);
    const histories = await tell('histories', readHistories(instance.temporal.address));
    return { rest, toReady, back, memoryAfter, histories, ...api, load: load() };
  } finally {
    await hosts.stop();
  }
}

async function measureRest(dir: string) {
  await delay(REST_SECONDS * 1000);
  const before = await readProcessorTime(dir);
  await delay(REST_SECONDS * 1000);
  const spent = difference(await readProcessorTime(dir), before);
  const cores = Object.fromEntries(Object.entries(spent).map(([name, cpu]) => [name, round(cpu / REST_SECONDS, 3)]));
  return { memory: await readMemory(dir), cores };
}

async function measureHalf(dir: string, machines: number, run: () => Promise<Half>) {
  const before = await readProcessorTime(dir);
  const { value, most } = await watchMemory(dir, run);
  const spent = difference(await readProcessorTime(dir), before);
  const each = Object.entries(spent).map(([name, cpu]) => [name, round((cpu * 1000) / machines, 1)] as const);
  return {
    seconds: round(value.seconds),
    machinesPerMinute: round((machines / value.seconds) * 60),
    secondsOfAMachine: summarise(value.each),
    cpuMillisecondsOfAMachine: Object.fromEntries(each),
    residentAtMost: most,
    load: load(),
  };
}

function difference(after: ByProgram<number>, before: ByProgram<number>): ByProgram<number> {
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]));
}

function subtract(all: Map<string, number>, before: Map<string, number>): Map<string, number> {
  return new Map([...all].map(([name, count]) => [name, count - (before.get(name) ?? 0)]));
}

async function tell<Value>(what: string, work: Promise<Value>): Promise<Value> {
  const value = await work;
  say(`▸ ${what}\n  ${JSON.stringify(value)}`);
  return value;
}
