// A bad link below TCP between a host of the lab and its gateway: everything that it can be told, seen from both ends.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureLink, startInstance, stopInstance } from '../../../lab/index.ts';
import type { HostHandle, HostLink, Instance } from '../../../lab/index.ts';
import { waitFor } from '../../../lab/wait.ts';
import { instanceNameOf } from '../../support/instance-name.ts';

const NAME = instanceNameOf('linktest');
const say = (line: string): void => void process.stdout.write(`  ${line}\n`);
let instance: Instance;
let host: HostHandle;
let link: HostLink;
/** Stands where the gateway would. */
let server: Server;
let takeConnection: (socket: Socket) => void;

beforeAll(async () => {
  await stopInstance(NAME, say);
  const only = { controlPlane: false, temporal: false };
  instance = await startInstance({ name: NAME, hosts: 1, ...only, onProgress: say });
  const [first] = instance.hosts;
  if (!first) throw new Error('the instance has no host');
  host = first;
  link = await ensureLink({ instance, host });
  server = createServer((socket) => takeConnection(socket));
  const [address, port] = instance.door.listen.split(':');
  server.listen(Number(port), address);
  await once(server, 'listening');
});

afterAll(async () => {
  server.close();
  await stopInstance(NAME, say);
});

beforeEach(async () => {
  await link.heal();
  await link.shape({});
  await waitForSilence();
});

/** What a test before left on its way, such as the end of a connection, would be counted in the next one. */
async function waitForSilence(): Promise<void> {
  let before = '';
  const probe = async (): Promise<string | undefined> => {
    const now = JSON.stringify(await link.stats());
    const isSilent = now === before;
    before = now;
    return isSilent ? undefined : now;
  };
  await waitFor('silence on the link', probe, { timeoutMs: 60_000, everyMs: 500 });
}

const sh = async (script: string): Promise<string> => (await host.exec(['bash', '-c', script])).stdout;

/** What `ping` says: how many came back, and the least round trip in milliseconds. */
async function ping(count: number, more = ''): Promise<{ received: number; least: number }> {
  const said = await sh(`ping -q -I ${link.address} -c ${count} ${more} ${instance.gateway}`);
  const received = Number(/(\d+) received/.exec(said)?.[1]);
  return { received, least: Number(/= ([\d.]+)\//.exec(said)?.[1]) };
}

/** A command on the host that speaks to the gateway as file descriptor 3. */
const overTcp = (command: string): string => {
  const [address, port] = instance.door.hosts.split(':');
  return `exec 3<>/dev/tcp/${address}/${port} && ${command}`;
};

test('the gateway’s port alone is reached by it', async () => {
  const port = instance.door.hosts.split(':')[1];
  const toPort = `ip route get ${instance.gateway} ipproto tcp dport`;
  expect(await sh(`${toPort} ${port}`)).toMatch(`dev link0 table 91 src ${link.address}`);
  expect(await sh(`${toPort} 6443`)).toMatch('dev eth0');
  expect(await sh(`ip route get ${host.address.replace(/\d+$/, '12')}`)).toMatch('dev eth0');
  const before = await link.stats();
  expect((await ping(3, '-i 0.2')).received).toBe(3);
  const { up, down } = await link.stats();
  expect([up.counts.passed - before.up.counts.passed, down.counts.passed - before.down.counts.passed]).toEqual([3, 3]);
});

test('delay, each way', async () => {
  await link.shape({ delayMs: 150 });
  expect((await ping(3, '-i 0.2')).least).toBeGreaterThanOrEqual(300);
});

test('loss, each way, and the same again with the same seed', async () => {
  const before = await link.stats();
  await link.shape({ lossPercent: 20 }, 7);
  const { received } = await ping(200, '-i 0.01 -W 2');
  const { up, down } = await link.stats();
  const lost = up.counts.lost + down.counts.lost - before.up.counts.lost - before.down.counts.lost;
  // 36 % of 200 are lost one way or the other; seven standard deviations are 48.
  expect(lost).toBeGreaterThan(72 - 48);
  expect(lost).toBeLessThan(72 + 48);
  expect(received).toBe(200 - lost);
  await link.shape({ lossPercent: 20 }, 7);
  expect((await ping(200, '-i 0.01 -W 2')).received).toBe(received);
});

test('bandwidth: bytes take their time, and a queue that is full drops', async () => {
  const size = 100_000;
  takeConnection = (socket) => void socket.end(Buffer.alloc(size));
  await link.shape({ kbitPerSecond: 256, queueBytes: 16_000 });
  const before = await link.stats();
  const started = performance.now();
  expect(Number(await sh(overTcp('wc -c <&3')))).toBe(size);
  expect(performance.now() - started).toBeGreaterThan((size * 8) / 256);
  const { down } = await link.stats();
  expect(down.counts.bytes - before.down.counts.bytes).toBeGreaterThan(size);
  expect(down.counts.overflowed).toBeGreaterThan(before.down.counts.overflowed);
});

test('a connection stands still while the link is cut, and goes on after', async () => {
  const { promise: connected, resolve } = Promise.withResolvers<Socket>();
  takeConnection = resolve;
  const heard = sh(overTcp('cat <&3 >/run/heard; cat /run/heard'));
  const socket = await connected;
  const waitForHeard = (words: string): Promise<void> =>
    waitFor(`${words} heard`, async () => ((await sh('cat /run/heard')) === words ? undefined : 'not yet'), {
      timeoutMs: 60_000,
    });
  socket.write('before ');
  await waitForHeard('before ');
  const { down: before } = await link.cut();
  socket.write('during ');
  await waitFor(
    'two tries to send',
    async () => {
      const { down } = await link.stats();
      return down.counts.cut >= before.counts.cut + 2 ? undefined : `${down.counts.cut}`;
    },
    { timeoutMs: 60_000 },
  );
  expect(await sh('cat /run/heard')).toBe('before ');
  await link.heal();
  await waitForHeard('before during ');
  socket.end('after');
  expect(await heard).toBe('before during after');
});

test('one way alone is cut', async () => {
  const start = await link.cut('up');
  expect((await ping(3, '-i 0.2 -W 1')).received).toBe(0);
  const middle = await link.cut('down');
  expect(middle.up.counts.cut - start.up.counts.cut).toBe(3);
  expect(middle.down.counts.passed).toBe(start.down.counts.passed);
  expect((await ping(3, '-i 0.2 -W 1')).received).toBe(0);
  const end = await link.heal();
  expect(end.up.counts.passed - middle.up.counts.passed).toBe(3);
  expect(end.down.counts.cut - middle.down.counts.cut).toBe(3);
});

test('a host that lost power has its link again, as bad as it was', async () => {
  await link.shape({ delayMs: 100 });
  await host.kill();
  await host.start();
  link = await ensureLink({ instance, host });
  expect((await ping(3, '-i 0.2')).least).toBeGreaterThanOrEqual(200);
});
