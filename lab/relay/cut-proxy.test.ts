import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { startCutProxy, type Breaks, type CutProxy } from './cut-proxy.ts';

let server: Server;
let proxy: CutProxy;
let behind: number;

afterEach(() => {
  proxy.close();
  server.close();
});

async function start(answer: (words: Buffer) => Buffer, breaks?: Breaks): Promise<void> {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (words) => void socket.write(answer(words)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  behind = typeof address === 'object' && address ? address.port : 0;
  proxy = await startCutProxy(behind, breaks);
}

function call(): { heard: () => string; say: (words: string) => void; closed: () => boolean } {
  const socket = connect(proxy.port, '127.0.0.1');
  const heard: Buffer[] = [];
  socket.on('data', (bytes) => heard.push(bytes));
  socket.on('error', () => undefined);
  return {
    heard: () => Buffer.concat(heard).toString(),
    say: (words) => void socket.write(words),
    closed: () => socket.destroyed,
  };
}

test('a cut is silent to old connections and new ones, and what waited comes after it', async () => {
  await start((words) => words);
  const old = call();
  old.say('before ');
  await vi.waitFor(() => expect(old.heard()).toBe('before '), 10_000);
  proxy.cut();
  const young = call();
  old.say('during');
  young.say('young');
  const control = connect(behind, '127.0.0.1').on('error', () => undefined);
  control.write('there and back');
  await once(control, 'data');
  control.destroy();
  expect([old.heard(), young.heard(), old.closed(), young.closed()]).toEqual(['before ', '', false, false]);
  proxy.heal();
  await vi.waitFor(() => expect([old.heard(), young.heard()]).toEqual(['before during', 'young']), 10_000);
});

test('a break is a reset, after which a new connection is as good as any', async () => {
  await start((words) => words);
  const old = call();
  old.say('x');
  await vi.waitFor(() => expect(old.heard()).toBe('x'), 10_000);
  proxy.break();
  await vi.waitFor(() => expect(old.closed()).toBe(true), 10_000);
  const next = call();
  next.say('y');
  await vi.waitFor(() => expect(next.heard()).toBe('y'), 10_000);
});

/** Bytes that came through three connections, each of which broke. */
async function breakThree(seed: number): Promise<number> {
  await start(() => Buffer.alloc(1_000_000), { least: 10_000, most: 500_000, seed });
  for (let nth = 1; nth <= 3; nth += 1) {
    const one = call();
    one.say('more');
    await vi.waitFor(() => expect(one.closed()).toBe(true), 10_000);
    expect(proxy.counts().broken).toBe(nth);
  }
  proxy.close();
  server.close();
  return proxy.counts().received;
}

test('connections break by themselves, at the same bytes with the same seed', async () => {
  const first = await breakThree(1);
  expect(await breakThree(1)).toBe(first);
  expect(await breakThree(2)).not.toBe(first);
});
