import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import { createLogger } from '../../common/log.ts';
import { startCutProxy } from '../../lab/relay/cut-proxy.ts';
import { createAuthority } from '../testing/authority.ts';
import { startStandIn, type StandIn } from '../testing/stand-in-gateway.ts';
import { dialAs, type Dial } from './dial.ts';
import { openTunnel } from './tunnel.ts';

const log = createLogger('test', 'silent');
let gateway: StandIn | undefined;
let ending = new AbortController();

afterEach(async () => {
  ending.abort(new Error('end'));
  ending = new AbortController();
  await gateway?.close();
  gateway = undefined;
});

const portOf = (address: string) => Number(address.split(':').pop());
const reach = (address: string): Socket => connect(portOf(address), '127.0.0.1').on('error', () => undefined);

test('our own socket reaches the gateway, that of another process is turned away', async () => {
  const authority = await createAuthority();
  gateway = await startStandIn(authority);
  const dial = vi.fn<Dial>(dialAs({ gateway: gateway.address }, { ca: [authority.pem] }));
  const tunnel = await openTunnel({ dial, log, signal: ending.signal });
  const script = `require('net').connect(${portOf(tunnel.address)}, '127.0.0.1').on('close', () => process.exit(7)).resume()`;
  await expect(promisify(execFile)(process.execPath, ['-e', script])).rejects.toMatchObject({ code: 7 });
  expect(dial).not.toHaveBeenCalled();
  reach(tunnel.address).write('PRI');
  await vi.waitFor(() => expect(Buffer.concat(gateway?.bytes ?? []).toString()).toBe('PRI'), 5000);
  expect(tunnel.counts().sent).toBe(3);
});

test('while the gateway is away a peer is held, however many come, and one dial is made at a time', async () => {
  const dial = vi.fn<Dial>(() => Promise.reject(new Error('away')));
  const tunnel = await openTunnel({ dial, log, signal: ending.signal, backOff: { least: 1e9, most: 1e9 } });
  const peers = Array.from({ length: 20 }, () => reach(tunnel.address));
  await vi.waitFor(() => expect(dial).toHaveBeenCalledTimes(1), 10_000);
  await Promise.all(peers.slice(0, 19).map(async (peer) => peer.connecting && once(peer, 'connect')));
  expect(dial).toHaveBeenCalledTimes(1);
  expect(peers.every((peer) => !peer.destroyed)).toBe(true);
});

test('who has left while the gateway was away is forgotten, and the next is let through at once with what it said', async () => {
  const authority = await createAuthority();
  const standIn = (gateway = await startStandIn(authority));
  const real = dialAs({ gateway: standIn.address }, { ca: [authority.pem] });
  const back = Promise.withResolvers<void>();
  const dial = vi.fn<Dial>(async (protocol, signal) => {
    const given = Promise.withResolvers<never>();
    signal?.addEventListener('abort', () => given.reject(new Error('given up')));
    await Promise.race([back.promise, given.promise]);
    return real(protocol, signal);
  });
  const tunnel = await openTunnel({ dial, log, signal: ending.signal, backOff: { least: 0, most: 0 } });
  const early = Array.from({ length: 5 }, () => reach(tunnel.address));
  for (const peer of early) peer.write('EARLY');
  await vi.waitFor(() => expect(dial).toHaveBeenCalledTimes(1), 10_000);
  early.forEach((peer) => peer.end());
  // Each had its turn and was gone by then, so the gateway never hears of it.
  await Promise.all(early.map(async (peer) => peer.destroyed || once(peer.resume(), 'close')));
  reach(tunnel.address).write('LATE');
  back.resolve();
  await vi.waitFor(() => expect(Buffer.concat(standIn.bytes).toString()).toBe('LATE'), 5000);
});

test('a handshake that nobody answers is left, and the next one heals it', async () => {
  const authority = await createAuthority();
  const real = await startStandIn(authority);
  gateway = real;
  const way = await startCutProxy(portOf(real.address));
  way.cut();
  const { port } = way;
  const dial = dialAs({ gateway: `127.0.0.1:${port}`, handshakeMilliseconds: 200 }, { ca: [authority.pem] });
  await expect(dial('h2')).rejects.toThrow(/handshake was not answered/);
  way.heal();
  const dialLong = dialAs({ gateway: `127.0.0.1:${port}` }, { ca: [authority.pem] });
  (await dialLong('h2')).destroy();
  way.close();
});

test('a server that is no gateway, or of another CA, is sent nothing', async () => {
  const authority = await createAuthority();
  gateway = await startStandIn(authority, { kind: 'controller' });
  await expect(dialAs({ gateway: gateway.address }, { ca: [authority.pem] })('h2')).rejects.toThrow(/no secure/);
  const ca = [(await createAuthority()).pem];
  await expect(dialAs({ gateway: gateway.address }, { ca })('h2')).rejects.toThrow(/no secure/);
  expect(gateway.bytes).toEqual([]);
});

test('a proxy gives the tunnel, and its password is in no error', async () => {
  const authority = await createAuthority();
  gateway = await startStandIn(authority);
  const seen: string[] = [];
  const proxy = createServer((from) => {
    from.on('error', () => undefined);
    from.once('data', (head: Buffer) => {
      seen.push(head.toString());
      from.write(`HTTP/1.1 ${seen.length > 1 ? '407 no' : '200 ok'}\r\n\r\n`);
      if (seen.length > 1) from.end();
      else from.pipe(reach(gateway?.address ?? '')).pipe(from);
    });
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const address = proxy.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const dial = dialAs(
    { gateway: gateway.address, proxy: `http://u:secret@127.0.0.1:${port}` },
    { ca: [authority.pem] },
  );
  (await dial('h2')).destroy();
  expect(seen[0]).toContain(`proxy-authorization: Basic ${Buffer.from('u:secret').toString('base64')}`);
  await expect(dial('h2')).rejects.toThrow(/^(?!.*secret).*answered 407/s);
  proxy.close();
});
