// The sockets of admitted hosts: capped per host, and cut when what admitted them no longer holds.
import type { Peer } from '../peer.ts';

/** One admitted socket; `endsAt` is the end of its certificate in milliseconds since the epoch. */
export type LiveSocket = {
  peer: Peer;
  door: 'temporal' | 'http';
  endsAt: number;
  destroy: () => void;
};

export type CutReason = 'Revoked' | 'Expired' | 'Superseded';

/** Called with each socket that is cut, before its connection ends. */
export type OnCut = (socket: LiveSocket, why: CutReason) => void;

type Caps = Record<LiveSocket['door'], number>;

export class ConnectionRegistry {
  readonly #byHost = new Map<string, Set<LiveSocket>>();
  readonly #caps: Caps;
  readonly #onCut: OnCut;

  constructor(caps: Caps, onCut: OnCut) {
    this.#caps = caps;
    this.#onCut = onCut;
  }

  /** Ids of the hosts that are connected. */
  hosts(): string[] {
    return [...this.#byHost.keys()];
  }

  count(door: LiveSocket['door']): number {
    let sum = 0;
    for (const sockets of this.#byHost.values()) for (const one of sockets) if (one.door === door) sum += 1;
    return sum;
  }

  /**
   * Over its cap a host loses its oldest socket, not the new one: after a link was lost the old ones are dead, which we
   * notice later than the host does.
   */
  add(socket: LiveSocket): void {
    const mine = this.#byHost.get(socket.peer.hostID) ?? new Set();
    this.#byHost.set(socket.peer.hostID, mine.add(socket));
    const same = [...mine].filter(({ door }) => door === socket.door);
    for (const oldest of same.slice(0, Math.max(0, same.length - this.#caps[socket.door]))) {
      this.#cut(oldest, 'Superseded');
    }
  }

  remove(socket: LiveSocket): void {
    const mine = this.#byHost.get(socket.peer.hostID);
    mine?.delete(socket);
    if (mine?.size === 0) this.#byHost.delete(socket.peer.hostID);
  }

  /** Cuts what `holds` no longer, of one host or of all, and what has expired at `now` (ms since the epoch). */
  recheck(holds: (peer: Peer) => boolean, now: number, hostID?: string): void {
    const some = hostID === undefined ? [...this.#byHost.values()] : [this.#byHost.get(hostID) ?? []];
    for (const socket of some.flatMap((sockets) => [...sockets])) {
      if (!holds(socket.peer)) this.#cut(socket, 'Revoked');
      else if (socket.endsAt <= now) this.#cut(socket, 'Expired');
    }
  }

  #cut(socket: LiveSocket, why: CutReason): void {
    this.remove(socket);
    socket.destroy();
    this.#onCut(socket, why);
  }
}
