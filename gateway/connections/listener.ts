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
  const rate = new AddressRates(
    { perAddress: limits.connectPerAddress, perNet: limits.connectPerNet },
    limits.rateKeys,
  );
  const handshakes = new Handshakes(limits);
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
    if (!handshakes.begin(name, { ...keys, drop: () => refuse('HandshakeCap') })) return refuse('HandshakeCap');
    socket.once('close', () => {
      if (handshakes.finish(name)) onRefused('Handshake');
    });
    tls.emit('connection', socket);
  });
  const finish = (socket: Socket): void => void handshakes.finish(nameOf(socket));
  return { server, finish, handshakes: () => handshakes.count };
}

/** Those whose handshake is not over, by name. Whoever is displaced is refused for that, once: it is none that failed. */
class Handshakes {
  readonly #limiter: ConnectionLimiter;
  readonly #members = new Map<string, Member>();

  constructor({ handshakesPerAddress, handshakesPerNet, handshakes, handshakeGraceMs }: Limits) {
    const caps = { perAddress: handshakesPerAddress, perNet: handshakesPerNet, all: handshakes };
    this.#limiter = new ConnectionLimiter({ ...caps, graceMs: handshakeGraceMs });
  }

  get count(): number {
    return this.#limiter.count;
  }

  /** False when there is no place. */
  begin(name: string, { drop, ...keys }: Member): boolean {
    const member: Member = {
      ...keys,
      drop: () => {
        this.#members.delete(name);
        drop();
      },
    };
    const isLetIn = this.#limiter.enter(member, performance.now());
    if (isLetIn) this.#members.set(name, member);
    return isLetIn;
  }

  /** Answers whether it was still in its handshake. */
  finish(name: string): boolean {
    const member = this.#members.get(name);
    if (member) this.#limiter.leave(member);
    return this.#members.delete(name);
  }
}

/** The TLS socket and the TCP socket under it are two objects with the same ends. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
