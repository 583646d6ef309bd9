// `npm run bench -- gateway`: a thousand hosts at one gateway, at rest and in the storm after it was killed.
import { setTimeout as delay } from 'node:timers/promises';
import { onGround, type Ground } from '../environment.ts';
import { describeMachine, finish, load, say, type CommonOptions, type Goal } from '../report.ts';
import { round } from '../statistics.ts';
import { makeFleet, type Member } from './fleet.ts';
import { startLoad } from './load-processes.ts';
import { measureHandshakes, measureIdle } from './measure.ts';
import { countPollers } from './pollers.ts';
import { countConnections, installAgents } from './real-agent.ts';
import { bringBack, keepAway, untilPolling, watchReturn, type Return, type Storm } from './storm.ts';

export type GatewayBenchOptions = CommonOptions & { agents: number; processes: number; idle: number; outage: number };

const AWAY_SECONDS = 10;
/** Share of the fleet that polls again when the gateway is killed a second time. */
const MID_STORM = 0.5;

export async function benchGateway(options: GatewayBenchOptions): Promise<void> {
  const machine = describeMachine();
  const measured = await onGround({ name: options.instance, hosts: 1, keep: options.keep }, (ground) =>
    measure(ground, options),
  );
  await finish('gateway', { machine, options, ...measured, goals: goalsOf(measured) }, options.json);
}

type Measured = Awaited<ReturnType<typeof measure>>;

async function measure(ground: Ground, options: GatewayBenchOptions) {
  const { instance, kube, metrics } = ground;
  await installAgents(instance);
  const { file, fleet } = await makeFleet(kube, instance, { count: options.agents });
  say(`  ${options.agents} ByoHosts with certificates`);
  const handshakes = {
    http: await tell('handshakes, HTTP/1.1', measureHandshakes(instance, file, 'http/1.1')),
    h2: await tell('handshakes, HTTP/2', measureHandshakes(instance, file, 'h2')),
  };
  const begun = performance.now();
  const storm: Storm = {
    instance,
    metrics: metrics.gateway,
    load: startLoad(file, options.agents, options.processes),
    // The real agent polls too.
    hosts: options.agents + 1,
  };
  try {
    const first = await tell('all hosts begin at once', watchReturn(storm, begun));
    await untilQuiet();
    const idleOptions = { hosts: storm.hosts, seconds: options.idle, metrics: metrics.gateway };
    const idle = await tell(`idle for ${options.idle} s`, measureIdle(instance, idleOptions));
    const storms = await measureStorms(storm, fleet.members, options);
    return { handshakes, first, idle, ...storms, counts: storm.load.counts() };
  } finally {
    await storm.load.stop();
  }
}

async function measureStorms(storm: Storm, members: Member[], options: GatewayBenchOptions) {
  const killed = await tell('killed, away 10 s', killAndWatch(storm, members));
  await untilQuiet();
  const twice = await tell('killed, and killed again mid-storm', killTwice(storm, members));
  await untilQuiet();
  const long = await tell(`killed, away ${options.outage} s`, killForLong(storm, members, options.outage));
  return { killed, twice, long };
}

async function tell<Value>(what: string, work: Promise<Value>): Promise<Value> {
  const value = await work;
  say(`▸ ${what}\n  ${JSON.stringify(value)}`);
  return value;
}

/** Connections that live for less than 10 s count as failed ones: what came last must have been here for longer. */
const untilQuiet = () => delay(15_000);

type Seen = { return: Return; pollersAtTemporal: number };

async function judge(storm: Storm, members: Member[], since: number): Promise<Seen> {
  const epoch = performance.timeOrigin + since;
  const seen = await watchReturn(storm, since);
  return { return: seen, pollersAtTemporal: await countPollers(storm.instance, members, epoch) };
}

async function killAndWatch(storm: Storm, members: Member[]) {
  const outage = await keepAway(storm, AWAY_SECONDS);
  return { outage, ...(await judge(storm, members, await bringBack(storm))) };
}

async function killTwice(storm: Storm, members: Member[]) {
  await keepAway(storm, AWAY_SECONDS);
  const first = await bringBack(storm);
  await untilPolling(storm, storm.hosts * MID_STORM);
  const secondKillAfter = round((performance.now() - first) / 1000);
  const outage = await keepAway(storm, AWAY_SECONDS);
  return { secondKillAfter, outage, ...(await judge(storm, members, await bringBack(storm))) };
}

/** Long enough for every wait to be at its longest; the real agent's connections are counted by its own kernel. */
async function killForLong(storm: Storm, members: Member[], seconds: number) {
  const [host] = storm.instance.hosts;
  if (!host) throw new Error('the lab has no host');
  const count = await countConnections(storm.instance, host);
  const outage = await keepAway(storm, seconds);
  const realAgentConnections = await count();
  return { outage, realAgentConnections, ...(await judge(storm, members, await bringBack(storm))) };
}

function goalsOf({ killed, twice, long, handshakes }: Measured): Goal[] {
  const within = (what: string, { return: seen }: Seen): Goal[] => [
    goal(`${what}: 95 % poll, s`, seen.most, 60),
    goal(`${what}: all poll, s`, seen.all, 120),
  ];
  const { first, last = first } = long.outage;
  return [
    ...within('killed', killed),
    ...within('killed twice', twice),
    ...within('away for long', long),
    goal('connections a second that all hosts try, late in the outage', last.perSecond, 100),
    { what: 'the same in its first 10 s', measured: first.perSecond, goal: 'measured', met: true },
    { what: 'load average (5 min)', measured: load()[1] ?? 0, goal: 'for the reader', met: true },
    { what: 'handshakes a second and core', measured: handshakes.h2.perSecondAndCore, goal: 'measured', met: true },
  ];
}

function goal(what: string, measured: number | undefined, most: number): Goal {
  return { what, measured: measured ?? Infinity, goal: `≤ ${most}`, met: measured !== undefined && measured <= most };
}
