// Two gateways of one management cluster behind a relay that takes them in turn, as any load balancer may: an agent's
// tunnel is at one, its leases go to the other, and each sees half of what the host does.
import net from 'node:net';
import { once } from 'node:events';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isWedged } from '../../../agent/link/decide-wedged.ts';
import { dialAs } from '../../../agent/link/dial.ts';
import { openTunnel, type Tunnel } from '../../../agent/link/tunnel.ts';
import { hostQueueOf } from '../../../api/names.ts';
import { createLogger } from '../../../common/log.ts';
import { portOf, startFront, type Front } from './front.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** Seconds; a poll is answered after three here, and followed by the next. */
const LONGEST = 10;
const LIMITS = { pollDeadlineMs: 3000, pollsPerSecond: 100, pollsBurst: 1000 };
const log = createLogger('test', 'silent');
const ending = new AbortController();
let fronts: Front[] = [];
let relay: Relay;

beforeAll(async () => {
  const upstream = process.env['BYO_TEST_TEMPORAL'] ?? '';
  const first = await startFront(upstream, LIMITS);
  fronts = [first, await startFront(upstream, LIMITS, first)];
  relay = await startRelay(fronts.map(({ port }) => port));
});

afterAll(async () => {
  ending.abort(new Error('end'));
  relay.server.close();
  relay.cut();
  for (const front of fronts) await front.close();
});

type Relay = { server: net.Server; cut: () => void };

async function startRelay(ports: number[]): Promise<Relay> {
  const sockets = new Set<net.Socket>();
  let taken = 0;
  const server = net.createServer((near) => {
    const far = net.connect(ports[taken % ports.length] ?? 0, '127.0.0.1');
    taken += 1;
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, cut: () => sockets.forEach((socket) => socket.destroy()) };
}

/** As an agent judges after a lease that one of the gateways has answered, whichever it is. */
function judge(tunnel: Tunnel, hostID: string): boolean[] {
  return fronts.map(({ door }) => {
    const secondsSincePoll = door.secondsSincePoll(hostID);
    return isWedged({ secondsSinceCall: tunnel.secondsSinceCall(), linkedSeconds: 9999, secondsSincePoll }, LONGEST);
  });
}

/** The gateway at which the host polls now, once it does. */
const waitForHolder = (hostID: string): Promise<Front> =>
  vi.waitUntil(() => fronts.find(({ door }) => door.secondsSincePoll(hostID) === 0), 30_000);

async function startAgent(front: Front) {
  const host = await front.host();
  const { certificate: cert, key, hostID } = host;
  const { authority, installation } = front;
  const gateway = `127.0.0.1:${portOf(relay.server)}`;
  const dial = dialAs({ gateway }, { ca: [authority.certificate], cert, key, installation });
  const tunnel = await openTunnel({ dial, log, signal: ending.signal, backOff: { least: 10, most: 20 } });
  const connection = await NativeConnection.connect({ address: tunnel.address });
  const worker = await Worker.create({
    connection,
    namespace: 'default',
    taskQueue: hostQueueOf(hostID),
    activities: { none: async () => 1 },
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
  });
  return { hostID, tunnel, connection, worker, running: worker.run() };
}

test('a tunnel that moves from one gateway to the other is never taken for a dead one, and a dead one is', async () => {
  const [first] = fronts;
  if (!first) throw new Error('there is no gateway');
  const { hostID, tunnel, connection, worker, running } = await startAgent(first);
  const seen: boolean[] = [];
  const watch = setInterval(() => seen.push(...judge(tunnel, hostID)), 50);
  const holders = new Set<number>();
  for (let moves = 0; moves < 3; moves += 1) {
    const holder = await waitForHolder(hostID);
    holders.add(holder.port);
    relay.cut();
    await vi.waitUntil(() => holder.door.secondsSincePoll(hostID) === null, 20_000);
  }
  await waitForHolder(hostID);
  clearInterval(watch);
  expect(holders.size).toBe(2);
  expect(seen.length).toBeGreaterThan(10);
  expect(seen).not.toContain(true);
  // Its connection stands, pings are answered, and nobody asks for work any more.
  worker.shutdown();
  await running;
  await vi.waitUntil(() => judge(tunnel, hostID).every(Boolean), 40_000);
  await connection.close();
});
