// The TCP side of the port: decides who may begin a TLS handshake, before that costs anything.
import { createServer, type Server, type Socket } from 'node:net';
import type { TlsServer } from './tls-server.ts';
import type { Limits } from '../limits.ts';
import { addressKeysOf, AddressRates } from './address.ts';
import { ConnectionLimiter, type Member } from './connection-limiter.ts';

export type ListenerOptions = {
  tls: Pick<TlsServer, 'emit'>;
  limits: Limits;
  onRefused: (why: 'ConnectRate' | 'HandshakeCap' | 'Handshake') => void;
};

export type Listener = {
  server: Server;
  /** The handshake of this connection is over; it no longer counts as one. */
  finish: (socket: Socket) => void;
  handshakes: () => number;
};

export function createListener({ tls, limits, onRefused }: ListenerOptions): Listener {
  const rates = { perAddress: limits.connectPerAddress, perNet: limits.connectPerNet };
  const rate = new AddressRates(rates, limits.rateKeys);
  const { handshakesPerAddress: perAddress, handshakesPerNet: perNet, handshakes: all, handshakeGraceMs } = limits;
  const limiter = new ConnectionLimiter({ perAddress, perNet, all, graceMs: handshakeGraceMs });
  const members = new Map<string, Member>();
  /** Answers whether it was still in its handshake. */
  const finish = (name: string): boolean => {
    const member = members.get(name);
    if (member) limiter.leave(member);
    return members.delete(name);
  };
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 }, (socket) => {
    const keys = addressKeysOf(socket.remoteAddress ?? '');
    const refuse = (why: 'ConnectRate' | 'HandshakeCap'): void => {
      onRefused(why);
      // A reset keeps no state here, unlike a close in order.
      socket.resetAndDestroy();
    };
    // A client that is gone already; every later error is told on the TLS socket.
    socket.on('error', () => socket.destroy());
    if (rate.take(keys, performance.now()) > 0) return refuse('ConnectRate');
    const name = nameOf(socket);
    // Whoever is displaced is refused for that, once: its connection ends with no handshake of its own that failed.
    const drop = (): void => {
      if (finish(name)) refuse('HandshakeCap');
    };
    const member = { ...keys, drop };
    if (!limiter.enter(member, performance.now())) return refuse('HandshakeCap');
    members.set(name, member);
    socket.once('close', () => {
      if (finish(name)) onRefused('Handshake');
    });
    tls.emit('connection', socket);
  });
  return { server, finish: (socket) => void finish(nameOf(socket)), handshakes: () => limiter.count };
}

/** The TLS socket and the TCP socket under it are two objects with the same ends. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
