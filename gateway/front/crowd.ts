// Those whom we do not know yet: connections in their handshake, and strangers who want to enrol.

/** One of them; `drop` ends the connection. */
export type Member = { address: string; drop: () => void };

/**
 * Bounded per address and in all. When all places are taken, the oldest of the address with the most makes room: a flood
 * from many addresses then displaces itself and not the one that has a single connection.
 */
export class Crowd {
  readonly #perAddress: number;
  readonly #all: number;
  readonly #members = new Map<string, Set<Member>>();
  #count = 0;

  constructor(perAddress: number, all: number) {
    this.#perAddress = perAddress;
    this.#all = all;
  }

  get count(): number {
    return this.#count;
  }

  /** False when there is no place. */
  enter(member: Member): boolean {
    const mine = this.#members.get(member.address)?.size ?? 0;
    if (mine >= this.#perAddress) return false;
    if (this.#count >= this.#all && !this.#makeRoom(mine)) return false;
    const same = this.#members.get(member.address) ?? new Set();
    this.#members.set(member.address, same.add(member));
    this.#count += 1;
    return true;
  }

  /** Saying it twice is saying it once. */
  leave(member: Member): void {
    const same = this.#members.get(member.address);
    if (!same?.delete(member)) return;
    this.#count -= 1;
    if (same.size === 0) this.#members.delete(member.address);
  }

  /** Only from an address that has more than the newcomer's. */
  #makeRoom(newcomers: number): boolean {
    let largest: Set<Member> | undefined;
    for (const same of this.#members.values()) if (same.size > (largest?.size ?? newcomers)) largest = same;
    const [oldest] = largest ?? [];
    if (!oldest) return false;
    this.leave(oldest);
    oldest.drop();
    return true;
  }
}
