// A TCP proxy that can be cut, inside a test: quick, and enough where neither delay nor loss matters. It hides both from
// handshakes; `lab/link` is the bad link below TCP.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Connections break by themselves after a count of bytes between these two, drawn anew for each by the seed. */
export type Breaks = { least: number; most: number; seed: number };

export type CutProxy = {
  /** On 127.0.0.1. */
  port: number;
  /** Falls silent and closes nothing, as a cut link does: calls are taken, and nothing passes, either way. */
  cut(): void;
  /** What waited goes on, nothing is lost. */
  heal(): void;
  /** Ends all connections at once with a reset, as a middlebox that forgot them; new ones are taken. */
  break(): void;
  /** Bytes that came from behind the proxy before any break, and how many connections were broken. */
  counts(): { received: number; broken: number };
  close(): void;
};

type State = {
  to: number;
  isCut: boolean;
  sockets: Set<Socket>;
  received: number;
  broken: number;
  drawLength: () => number;
};

/** Before the port `to` of 127.0.0.1. */
export async function startCutProxy(to: number, breaks?: Breaks): Promise<CutProxy> {
  const drawLength = breaks ? lengthsOf(breaks) : () => Infinity;
  const state: State = { to, isCut: false, sockets: new Set(), received: 0, broken: 0, drawLength };
  const server = createServer((near) => join(state, near));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const breakAll = (): void => state.sockets.forEach((socket) => void socket.resetAndDestroy());
  return {
    port: portOf(server),
    cut: () => turn(state, true),
    heal: () => turn(state, false),
    break: breakAll,
    counts: () => ({ received: state.received, broken: state.broken }),
    close: () => {
      server.close();
      breakAll();
    },
  };
}

function join(state: State, near: Socket): void {
  const far = connect(state.to, '127.0.0.1');
  let left = state.drawLength();
  far.on('data', ({ length }: Buffer) => {
    if (near.destroyed) return;
    state.received += Math.min(length, left);
    left -= length;
    if (left > 0) return;
    state.broken += 1;
    near.resetAndDestroy();
  });
  carry(state, near, far);
  carry(state, far, near);
}

function carry(state: State, from: Socket, to: Socket): void {
  state.sockets.add(from);
  from.on('data', (bytes: Buffer) => {
    // Slower readers hold up writers, as over a wire.
    if (!to.destroyed && !to.write(bytes)) from.pause();
  });
  to.on('drain', () => !state.isCut && from.resume());
  from.on('end', () => to.end());
  // A broken connection is the business of its two ends.
  from.on('error', () => undefined);
  from.on('close', () => {
    state.sockets.delete(from);
    to.destroy();
  });
  if (state.isCut) from.pause();
}

function turn(state: State, isCut: boolean): void {
  state.isCut = isCut;
  for (const socket of state.sockets) {
    if (isCut) socket.pause();
    else socket.resume();
  }
}

/** Lengths between the bounds; the same seed draws the same ones again (mulberry32). */
function lengthsOf({ least, most, seed }: Breaks): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return least + (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * (most - least);
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
