// A link of a known speed between an agent and its gateway that can be cut at a byte: both ends are reset, as when a
// middlebox forgets a connection.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type CutLink = {
  /** Where the agent connects to. */
  address: string;
  /** Bytes that have come over the link towards the agent. */
  received: () => number;
  cuts: () => number;
  close: () => void;
};

export type CutLinkOptions = {
  to: string;
  bytesPerSecond: number;
  /** Counts of received bytes at which the link is cut, rising. */
  cutAt: number[];
};

const PIECE = 16 * 1024;

type State = CutLinkOptions & { received: number; next: number; startedAt: number; sockets: Set<Socket> };

export async function openCutLink(options: CutLinkOptions): Promise<CutLink> {
  const state: State = { ...options, received: 0, next: 0, startedAt: 0, sockets: new Set() };
  const server = createServer((near) => join(state, near));
  const address = await listen(server);
  return { address, received: () => state.received, cuts: () => state.next, close: () => void server.close() };
}

function join(state: State, near: Socket): void {
  const [host = '', port = ''] = state.to.split(':');
  const far = connect({ host, port: Number(port) });
  for (const [socket, other] of [
    [near, far],
    [far, near],
  ] as const) {
    state.sockets.add(socket);
    // The other side hears of it by its own end.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      state.sockets.delete(socket);
      other.destroy();
    });
  }
  near.pipe(far);
  // A cut ends the reading with an error, which is what it is there for.
  carry(state, near, far).catch(() => undefined);
}

async function carry(state: State, near: Socket, far: Socket): Promise<void> {
  for await (const part of far) {
    const bytes = Buffer.from(part);
    for (let at = 0; at < bytes.length; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE);
      state.startedAt ||= performance.now();
      await pace(state);
      // What waits in this process has not come over the link.
      if (!near.write(piece)) await once(near, 'drain');
      state.received += piece.length;
      if (cutWhenDue(state)) return;
    }
  }
}

function cutWhenDue(state: State): boolean {
  if (state.received < (state.cutAt[state.next] ?? Infinity)) return false;
  state.next += 1;
  for (const socket of state.sockets) socket.resetAndDestroy();
  return true;
}

/** Waits until the next bytes are due at this speed. */
async function pace({ received, startedAt, bytesPerSecond }: State): Promise<void> {
  const ahead = (received / bytesPerSecond) * 1000 - (performance.now() - startedAt);
  if (ahead > 2) await delay(ahead);
}

function listen(server: Server): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    resolve(`127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`);
  });
  return promise;
}
