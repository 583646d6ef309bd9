// The way of the Temporal SDK to the gateway: a port on the loopback for this process alone, TLS of our own behind it. The
// SDK's own TLS can hang for ever on a handshake that nobody answers, and its waits cannot be set.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';
import { describeError } from '../../common/errors.ts';
import type { Logger } from '../../common/log.ts';
import type { BackOff } from './back-off.ts';
import { createCallCounter } from './call-counter.ts';
import { DialGate } from './dial-gate.ts';
import type { Dial } from './dial.ts';
import { isOwnSocket } from './own-socket.ts';
import type { Reachability } from './reachability.ts';

export type TunnelOptions = {
  dial: Dial;
  log: Logger;
  signal: AbortSignal;
  reachability?: Reachability;
  backOff?: BackOff;
};

/**
 * `address` is what the SDK connects to, without TLS; the counts are of bytes since the start. `secondsSinceCall`: since
 * the SDK has begun a call, or the tunnel was opened; what waits for the gateway counts, since it was begun.
 */
export type Tunnel = {
  address: string;
  counts: () => { sent: number; received: number };
  secondsSinceCall: () => number;
};

/**
 * Of the dials, in milliseconds. With full jitter half of the hosts come within 0.29 of the longest wait after the gateway
 * is back: 13 s. Shorter, and the hosts that wait would press whatever stands before the gateway for nothing.
 */
export const TUNNEL_BACK_OFF = { least: 1000, most: 45_000 };
const HOST = '127.0.0.1';

type Counted = { sent: number; received: number; calledAt: number };
type Work = TunnelOptions & { gate: DialGate; counted: Counted };

/** Listens until the signal aborts. */
export async function openTunnel(options: TunnelOptions): Promise<Tunnel> {
  const work = {
    ...options,
    gate: new DialGate(options.backOff ?? TUNNEL_BACK_OFF, options.reachability),
    counted: { sent: 0, received: 0, calledAt: performance.now() },
  };
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (peer) => void carry(work, server, peer));
  server.listen({ host: HOST, port: 0, exclusive: true });
  await once(server, 'listening');
  server.on('error', (error) =>
    options.log.error({ error: describeError(error) }, 'the tunnel cannot take connections'),
  );
  options.signal.addEventListener('abort', () => server.close(), { once: true });
  const { counted } = work;
  return {
    address: `${HOST}:${portOf(server)}`,
    counts: () => ({ sent: counted.sent, received: counted.received }),
    secondsSinceCall: () => (performance.now() - counted.calledAt) / 1000,
  };
}

async function carry(work: Work, server: Server, peer: Socket): Promise<void> {
  const gone = new AbortController();
  const leave = () => gone.abort(new Error('the peer has left'));
  peer.once('close', leave);
  // Its end is what counts, whatever it ended by.
  peer.on('error', leave);
  const stopping = () => peer.destroy();
  work.signal.addEventListener('abort', stopping, { once: true });
  try {
    if (await isAdmitted(work, server, peer)) await join(work, listenTo(work, peer, leave), gone.signal);
  } finally {
    work.signal.removeEventListener('abort', stopping);
    peer.destroy();
  }
}

async function isAdmitted({ log }: Work, server: Server, peer: Socket): Promise<boolean> {
  const { remotePort } = peer;
  if (remotePort === undefined) return false;
  try {
    if (await isOwnSocket({ peerPort: remotePort, listenPort: portOf(server) })) return true;
    log.warn({ remotePort }, 'another process reached for the tunnel; it was turned away');
  } catch (error) {
    log.error({ error: describeError(error) }, 'it cannot be told whose connection this is; it was turned away');
  }
  return false;
}

/** A peer, what it has said and nobody has read yet, and the end of its saying. */
type Caller = { peer: Socket; said: PassThrough; saying: Promise<void> };

/** Reads from the beginning, since only who reads hears that the other has left; what was said waits for the gateway. */
function listenTo({ counted }: Work, peer: Socket, leave: () => void): Caller {
  const said = new PassThrough();
  const countCalls = createCallCounter();
  peer.on('data', (bytes: Buffer) => {
    if (countCalls(bytes) > 0) counted.calledAt = performance.now();
  });
  // An end without an error is one as well: without its peer nobody needs the gateway.
  peer.once('end', leave);
  const saying = pipeline(peer, said);
  // Whoever joins it hears of its failure as well; before that, it has left, and nobody is told.
  saying.catch(leave);
  return { peer, said, saying };
}

/**
 * Holds the peer while the gateway is away: to the SDK that is a slow server, which it leaves after 45 s and comes again,
 * and not one that refuses, which it would ask several times a second. What reaches the gateway, the gate decides.
 */
async function join(work: Work, { peer, said, saying }: Caller, gone: AbortSignal): Promise<void> {
  const gateway = await dialUntilJoined(work, gone);
  if (!gateway) return;
  const since = performance.now();
  gateway.on('data', ({ length }: Buffer) => void (work.counted.received += length));
  said.on('data', ({ length }: Buffer) => void (work.counted.sent += length));
  try {
    await Promise.all([saying, pipeline(said, gateway), pipeline(gateway, peer)]);
  } catch {
    // However one side ended, the other ends with it: the SDK tells of what it lost, and calls again.
  } finally {
    gateway.destroy();
    work.gate.tellLife(performance.now() - since);
  }
}

/** The connection, whenever the gate gives one; undefined when `gone` came first. */
export async function dialUntilJoined(
  work: Pick<Work, 'gate' | 'dial' | 'log'>,
  gone: AbortSignal,
): Promise<TLSSocket | undefined> {
  while (!gone.aborted) {
    try {
      return await work.gate.pass(() => work.dial('h2', gone), gone);
    } catch (error) {
      if (!gone.aborted) work.log.warn({ error: describeError(error) }, 'no way to the gateway; trying again');
    }
  }
  return undefined;
}

function portOf(server: Server): number {
  const address = server.address();
  // Closed meanwhile: no peer has this port.
  return typeof address === 'object' && address ? address.port : -1;
}
