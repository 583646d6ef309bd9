import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import { PassThrough, Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { createCallCounter } from './call-counter.ts';

/** What a client of Node's says while it makes so many calls with a body, and pings in between. */
async function record(calls: number): Promise<Buffer> {
  const [toServer, toClient] = [new PassThrough(), new PassThrough()];
  const said: Buffer[] = [];
  toServer.on('data', (part: Buffer) => said.push(part));
  const server = createServer().on('stream', (stream) => {
    stream.resume().on('end', () => stream.respond({ ':status': 200 }, { endStream: true }));
  });
  server.emit('connection', Duplex.from({ readable: toServer, writable: toClient }));
  const session = connect('http://localhost', {
    createConnection: () => Duplex.from({ readable: toClient, writable: toServer }),
  });
  for (let nth = 0; nth < calls; nth += 1) {
    const stream = session.request({ ':method': 'POST', 'x-long': 'x'.repeat(nth * 100) });
    stream.end(Buffer.alloc(40_000, 1));
    await once(stream.resume(), 'close');
    await new Promise((resolve) => session.ping(resolve));
  }
  session.destroy();
  return Buffer.concat(said);
}

test.each([1, 7, 9, 1000, 1_000_000])('calls are counted, cut into pieces of %i bytes', async (size) => {
  const said = await record(5);
  const count = createCallCounter();
  let calls = 0;
  for (let at = 0; at < said.length; at += size) calls += count(said.subarray(at, at + size));
  expect(said.length).toBeGreaterThan(200_000);
  expect(calls).toBe(5);
});
