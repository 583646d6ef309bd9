// What is counted of connections that never come out of their handshake.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { LIMITS } from '../limits.ts';
import { createListener } from './listener.ts';

const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

/** A port where handshakes begin, and nobody answers them; what it refuses, in order. */
async function open(limits: Partial<typeof LIMITS> = {}) {
  const refused: string[] = [];
  const tls = { emit: () => true };
  const listener = createListener({ tls, limits: { ...LIMITS, ...limits }, onRefused: (why) => refused.push(why) });
  listener.server.listen(0, '127.0.0.1');
  ends.push(() => listener.server.close());
  await once(listener.server, 'listening');
  const address = listener.server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const begin = async (): Promise<Socket> => {
    const begun = once(listener.server, 'connection');
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    ends.push(() => socket.destroy());
    await begun;
    return socket;
  };
  return { listener, refused, begin };
}

test('a handshake that is displaced is refused once, and is none that failed', async () => {
  const { listener, refused, begin } = await open({ handshakesPerAddress: 1, handshakeGraceMs: 0 });
  const first = await begin();
  const gone = Promise.withResolvers<void>();
  first.once('close', () => gone.resolve());
  await begin();
  await gone.promise;
  expect(listener.handshakes()).toBe(1);
  expect(refused).toEqual(['HandshakeCap']);
});

test('one that its client breaks off has failed', async () => {
  const { listener, refused, begin } = await open();
  const only = await begin();
  only.destroy();
  await vi.waitFor(() => expect(listener.handshakes()).toBe(0));
  expect(refused).toEqual(['Handshake']);
});
