// `npm run bench -- look`: what one look at a machine costs in a small fleet and in a large one, side by side.
import { createClusterActivities } from '../../activities/cluster/index.ts';
import type { ClusterActivities } from '../../api/activities.ts';
import type { MachineKey } from '../../api/names.ts';
import { connect } from '../../common/kube/connect.ts';
import { createLogger } from '../../common/log.ts';
import { startWatching } from '../../controller/runtime/watch.ts';
import { applyKinds } from '../../harness/provider.ts';
import { startInstance, stopInstance, type Instance } from '../../lab/index.ts';
import { makeKinds } from '../environment.ts';
import { describeMachine, finish, load, say, type CommonOptions, type Goal } from '../report.ts';
import { median, round } from '../statistics.ts';
import { pidOf, usageOf } from '../usage.ts';
import { makeFleet, type Fleet } from './fleet.ts';

export type LookBenchOptions = CommonOptions & { rounds: number; looks: number; large: number };

const SMALL = 10;
/** A large fleet may cost so many times what a small one does. */
const AT_MOST = 1.5;

/** Milliseconds of one look: by the clock, of CPU here, and of CPU of the API server. */
type Cost = { time: number; cpu: number; server: number };
type Sample = { what: string; hosts: number; cost: Cost };

export async function benchLook(options: LookBenchOptions): Promise<void> {
  const machine = describeMachine();
  const instance = await startInstance({
    name: options.instance,
    hosts: 0,
    clusterApi: false,
    temporal: false,
    onProgress,
  });
  try {
    const samples = await measure(instance, options);
    const found = summarise(samples, [SMALL, options.large]);
    for (const one of found) say(JSON.stringify(one));
    const goals = ['holds a host', 'waits'].flatMap((what) => goalsOf(what, found, options.large));
    await finish('look', { machine, options, found, load: load(), samples, goals }, options.json);
  } finally {
    if (!options.keep) await stopInstance(options.instance, () => undefined);
  }
}

const nothing = (): void => undefined;
const onProgress = (line: string): void => say(`  ${line}`);

async function measure(instance: Instance, { rounds, looks, large }: LookBenchOptions): Promise<Sample[]> {
  const kube = connect({ kubeconfig: instance.kubeconfig });
  await applyKinds(instance);
  await makeKinds(kube, instance);
  const fleets = [await makeFleet(kube, SMALL), await makeFleet(kube, large)];
  say(`  fleets of ${SMALL} and ${large} hosts made`);
  const announce = { cluster: nothing, machine: nothing, host: nothing, enrollment: nothing };
  const watched = startWatching(kube, { log: createLogger('bench', 'warn'), announce, onLease: nothing });
  await watched.synced;
  const deps = { kube, signingKey: { privateJwk: {} }, management: 'bench' };
  const indexed = createClusterActivities({ ...deps, hintsOf: watched.hintsOf });
  const plain = createClusterActivities(deps);
  const samples: Sample[] = [];
  const server = pidOf(instance.dir, 'api-server');
  try {
    // The first round warms up: code, connections and the caches of the API server.
    for (let nth = 0; nth <= rounds; nth += 1) {
      const found = await measureRound({ indexed, plain, fleets, looks, server });
      if (nth > 0) samples.push(...found);
    }
  } finally {
    watched.stop();
  }
  return samples;
}

type Round = { indexed: ClusterActivities; plain: ClusterActivities; fleets: Fleet[]; looks: number; server: number };

/** Each kind of look in each fleet, one after another, so that whatever else the machine does meets them alike. */
async function measureRound({ indexed, plain, fleets, looks, server }: Round): Promise<Sample[]> {
  const samples: Sample[] = [];
  const few = Math.ceil(looks / 10);
  for (const { hosts, holds, waits } of fleets) {
    const kinds: [string, MachineKey, ClusterActivities, number][] = [
      ['holds a host', holds, indexed, looks],
      ['waits', waits, indexed, looks],
      ['holds a host, without the index', holds, plain, few],
    ];
    for (const [what, machine, activities, times] of kinds) {
      samples.push({ what, hosts, cost: await costOf(server, times, () => activities.observeMachine({ machine })) });
    }
  }
  return samples;
}

async function costOf(server: number, times: number, look: () => Promise<unknown>): Promise<Cost> {
  const before = await usageOf(server);
  const cpu = process.cpuUsage();
  const begun = performance.now();
  for (let nth = 0; nth < times; nth += 1) await look();
  const time = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  const serverSeconds = (await usageOf(server)).cpuSeconds - before.cpuSeconds;
  return { time: time / times, cpu: (user + system) / 1000 / times, server: (serverSeconds * 1000) / times };
}

type Found = { what: string; hosts: number } & Cost;

function summarise(samples: Sample[], fleets: number[]): Found[] {
  const kinds = [...new Set(samples.map(({ what }) => what))];
  return kinds.flatMap((what) =>
    fleets.map((hosts) => {
      const costs = samples.filter((one) => one.what === what && one.hosts === hosts).map(({ cost }) => cost);
      const of = (part: keyof Cost): number => round(median(costs.map((cost) => cost[part])), 2);
      return { what, hosts, time: of('time'), cpu: of('cpu'), server: of('server') };
    }),
  );
}

function goalsOf(what: string, found: Found[], large: number): Goal[] {
  const [small, big] = [SMALL, large].map((hosts) => found.find((one) => one.what === what && one.hosts === hosts));
  return (['time', 'cpu'] as const).map((part) => {
    const measured = round((big?.[part] ?? Infinity) / (small?.[part] ?? 0), 2);
    const goal = `a machine that ${what}: ${part} of a look in ${large} hosts, times that in ${SMALL}`;
    return { what: goal, measured, goal: `≤ ${AT_MOST}`, met: measured <= AT_MOST };
  });
}
