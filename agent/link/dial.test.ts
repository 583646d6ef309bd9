import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createAuthority } from '../testing/authority.ts';
import { startStandIn, type StandIn } from '../testing/stand-in-gateway.ts';
import { dialAs } from './dial.ts';

let gateway: StandIn | undefined;
const closing: (() => void)[] = [];
afterEach(async () => {
  closing.splice(0).forEach((close) => close());
  await gateway?.close();
  gateway = undefined;
});

/** Passes the handshake on and resets the client with the server's first bytes, before it can answer them. */
async function startReset(to: string): Promise<string> {
  const [host = '', port] = to.split(':');
  const server = createServer((client) => {
    const upstream = connect(Number(port), host, () => client.on('data', (bytes) => upstream.write(bytes)));
    upstream.on('error', () => undefined);
    upstream.once('data', (bytes) => client.write(bytes, () => client.resetAndDestroy()));
    client.on('error', () => undefined).once('close', () => upstream.destroy());
  });
  closing.push(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

test('a connection that was reset while its handshake ended is not handed over', async () => {
  const authority = await createAuthority();
  gateway = await startStandIn(authority);
  const dial = dialAs({ gateway: await startReset(gateway.address) }, { ca: [authority.pem] });
  // An HTTP/2 session over it would wait for ever: it stops reading while it writes, and its write never ends.
  await expect(dial('h2')).rejects.toThrow(/no secure connection/);
});
