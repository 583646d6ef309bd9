// `npm run bench -- agent`: how soon a host works again after its agent was killed, and after its link was cut.
import { setTimeout as delay } from 'node:timers/promises';
import type { HostHandle, Instance } from '../../lab/index.ts';
import { makeFleet } from '../gateway/fleet.ts';
import { installAgents } from '../gateway/real-agent.ts';
import { onGround, type Ground } from '../environment.ts';
import { untilPolls, type Metrics } from '../metrics.ts';
import { describeMachine, finish, load, say, type CommonOptions, type Goal } from '../report.ts';
import { round, summarise } from '../statistics.ts';
import { cutLink, healLink, runInNetworkOf } from './host-network.ts';

export type AgentBenchOptions = CommonOptions & { restarts: number; light: number; cut: number };

export async function benchAgent(options: AgentBenchOptions): Promise<void> {
  const machine = describeMachine();
  const ground = { name: options.instance, hosts: 1, keep: options.keep };
  const found = await onGround(ground, (up) => measure(up, options));
  await finish('agent', { machine, options, ...found, load: load(), goals: goalsOf(found) }, options.json);
}

async function measure(ground: Ground, options: AgentBenchOptions) {
  const { instance, metrics } = ground;
  const [host] = instance.hosts;
  if (!host) throw new Error('the lab has no host');
  await installAgents(instance);
  await untilPolls(metrics.gateway, (polls) => polls === 1, 60);
  const restarts = await measureRestarts(host, metrics.gateway, options.restarts);
  if (restarts.length > 0) say(`▸ killed ${restarts.length} times\n  ${JSON.stringify(summarise(restarts))} s`);
  const returns = options.cut > 0 ? await measureCut(ground, host, options) : [];
  if (returns.length > 0) say(`▸ cut for ${options.cut} s\n  ${JSON.stringify(summarise(returns))} s`);
  return { restarts, returns };
}

/** Seconds from the kill until the gateway sees a poll of the host again. */
async function measureRestarts(host: HostHandle, metrics: Metrics, times: number): Promise<number[]> {
  const seconds: number[] = [];
  for (let nth = 0; nth < times; nth += 1) {
    const begun = performance.now();
    const { exitCode, stderr } = await host.exec(['systemctl', 'kill', '-s', 'KILL', 'byo-agent']);
    if (exitCode !== 0) throw new Error(stderr);
    // The kernel of the host closes what the agent had open, so the gateway sees at once that it is gone.
    await untilPolls(metrics, (polls) => polls === 0, 10);
    await untilPolls(metrics, (polls) => polls === 1, 120);
    seconds.push(round((performance.now() - begun) / 1000, 2));
    // A connection that lived for less than 10 s counts as a failed one, which is another thing to measure.
    await delay(10_000);
  }
  return seconds;
}

/** Seconds from the end of a cut until the gateway sees the poll of each host. */
async function measureCut({ instance, kube, metrics }: Ground, host: HostHandle, options: AgentBenchOptions) {
  const { file } = await makeFleet(
    kube,
    { ...instance, door: { ...instance.door, listen: instance.door.hosts } },
    { count: options.light },
  );
  const light = new URL('light.ts', import.meta.url).pathname;
  const guest = await runInNetworkOf(instance, host, [process.execPath, light, file]);
  const all = options.light + 1;
  try {
    await untilPolls(metrics.gateway, (polls) => polls === all, 120);
    await delay(10_000);
    await cutLink(instance, host);
    await untilPolls(metrics.gateway, (polls) => polls === 0, 60);
    say(`  the link of ${all} agents is cut`);
    await delay(options.cut * 1000);
    return await watchReturns(instance, host, { metrics: metrics.gateway, all });
  } finally {
    await guest.end();
  }
}

async function watchReturns(
  instance: Instance,
  host: HostHandle,
  { metrics, all }: { metrics: Metrics; all: number },
): Promise<number[]> {
  const seconds: number[] = [];
  await healLink(instance, host);
  const healed = performance.now();
  await untilPolls(
    metrics,
    (polls) => {
      const now = round((performance.now() - healed) / 1000, 2);
      while (seconds.length < polls) seconds.push(now);
      return polls === all;
    },
    300,
  );
  return seconds;
}

function goalsOf({ restarts, returns }: { restarts: number[]; returns: number[] }): Goal[] {
  const goals: Goal[] = [];
  if (restarts.length > 0) {
    const { most, median } = summarise(restarts, 2);
    goals.push({ what: 'agent killed → polling, median, s', measured: median, goal: '≤ 5', met: median <= 5 });
    goals.push({ what: 'agent killed → polling, longest, s', measured: most, goal: '≤ 5', met: most <= 5 });
  }
  if (returns.length > 0) {
    const { median } = summarise(returns, 2);
    goals.push({ what: 'link back → polling, median, s', measured: median, goal: '≤ 15', met: median <= 15 });
  }
  return goals;
}
