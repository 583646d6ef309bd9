// Those whom we do not know yet: connections in their handshake, and strangers who want to enrol.
import type { AddressKeys } from './address.ts';

/** One of them; `drop` ends the connection. */
export type Member = AddressKeys & { drop: () => void };

/** How many may be there: of one address, of all addresses of one net, in all. */
export type Caps = { perAddress: number; perNet: number; all: number };

/**
 * Bounded per address, per net and in all. The newcomer always comes in: who is over a cap makes room for itself, since an
 * honest one has much to say soon and a flood has nothing to say for long. When all places are taken, the oldest of the net
 * with the most goes: a flood from many addresses then displaces itself and not the one that has a single connection.
 */
export class Crowd {
  readonly #caps: Caps;
  /** By net, each in the order of coming. */
  readonly #members = new Map<string, Set<Member>>();
  #count = 0;

  constructor(caps: Caps) {
    this.#caps = caps;
  }

  get count(): number {
    return this.#count;
  }

  enter(member: Member): void {
    const displaced = this.#findDisplaced(member);
    if (displaced) {
      this.leave(displaced);
      displaced.drop();
    }
    const same = this.#members.get(member.net) ?? new Set();
    this.#members.set(member.net, same.add(member));
    this.#count += 1;
  }

  /** Saying it twice is saying it once. */
  leave(member: Member): void {
    const same = this.#members.get(member.net);
    if (!same?.delete(member)) return;
    this.#count -= 1;
    if (same.size === 0) this.#members.delete(member.net);
  }

  #findDisplaced({ address, net }: Member): Member | undefined {
    const same = [...(this.#members.get(net) ?? [])];
    const mine = same.filter((one) => one.address === address);
    if (mine.length >= this.#caps.perAddress) return mine[0];
    if (same.length >= this.#caps.perNet) return same[0];
    return this.#count >= this.#caps.all ? this.#oldestOfLargest(same) : undefined;
  }

  /** The newcomer's own net when none has more. */
  #oldestOfLargest(same: Member[]): Member | undefined {
    let largest: Iterable<Member> = same;
    let size = same.length;
    for (const others of this.#members.values()) {
      if (others.size <= size) continue;
      largest = others;
      size = others.size;
    }
    const [oldest] = largest;
    return oldest;
  }
}
