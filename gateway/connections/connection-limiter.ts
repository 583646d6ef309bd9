// Those whom we do not know yet: connections in their handshake, and strangers who want to enroll.
import type { AddressKeys } from './address.ts';

/** One of them; `drop` ends the connection. */
export type Member = AddressKeys & { drop: () => void };

/** Of one net in the order of coming, with the time of that. */
type Members = Map<Member, number>;

/** How many may be there: of one address, of all addresses of one net, in all. Who is younger than `graceMs` makes no room. */
export type Caps = { perAddress: number; perNet: number; all: number; graceMs: number };

/**
 * Bounded per address, per net and in all. Over the cap of an address or a net its oldest makes room, unless that has only just
 * come: a flood holds its places for long, while a site that comes back as a whole needs each for a moment, and would
 * displace itself without end. When all places are taken, the oldest of the net with the most goes: a flood from many
 * addresses then displaces itself and not the one that has a single connection. Where no net has more than the newcomer's,
 * that is a fleet and no flood: there too only who has been here for a while makes room.
 */
export class ConnectionLimiter {
  readonly #caps: Caps;
  /** By net. */
  readonly #members = new Map<string, Members>();
  #count = 0;

  constructor(caps: Caps) {
    this.#caps = caps;
  }

  get count(): number {
    return this.#count;
  }

  /** `now`: monotonic milliseconds. False when there is no place. */
  enter(member: Member, now: number): boolean {
    const displaced = this.#findDisplaced(member, now);
    if (displaced === 'none') return false;
    if (displaced) {
      this.leave(displaced);
      displaced.drop();
    }
    const same = this.#members.get(member.net) ?? new Map<Member, number>();
    this.#members.set(member.net, same.set(member, now));
    this.#count += 1;
    return true;
  }

  /** Saying it twice is saying it once. */
  leave(member: Member): void {
    const same = this.#members.get(member.net);
    if (!same?.delete(member)) return;
    this.#count -= 1;
    if (same.size === 0) this.#members.delete(member.net);
  }

  #findDisplaced({ address, net }: Member, now: number): Member | 'none' | undefined {
    const same = this.#members.get(net) ?? new Map<Member, number>();
    const mine = ofAddress(same, address);
    if (mine.count >= this.#caps.perAddress) return this.#unlessNew(mine.oldest, now);
    if (same.size >= this.#caps.perNet) return this.#unlessNew(oldestOf(same), now);
    return this.#count >= this.#caps.all ? this.#oldestOfLargest(same, now) : undefined;
  }

  #unlessNew(oldest: Member | undefined, now: number): Member | 'none' {
    const since = oldest && this.#members.get(oldest.net)?.get(oldest);
    return oldest && since !== undefined && now - since >= this.#caps.graceMs ? oldest : 'none';
  }

  /** Of a net that has more than the newcomer's will have, at once; else of whoever has been here the longest in one as large. */
  #oldestOfLargest(same: Members, now: number): Member | 'none' {
    let largest = same;
    for (const others of this.#members.values()) if (others.size > largest.size) largest = others;
    const oldest = oldestOf(largest);
    return oldest && largest.size > same.size + 1 ? oldest : this.#unlessNew(oldest, now);
  }
}

function oldestOf(members: Members): Member | undefined {
  const [oldest] = members.keys();
  return oldest;
}

function ofAddress(members: Members, address: string): { count: number; oldest: Member | undefined } {
  let [count, oldest]: [number, Member | undefined] = [0, undefined];
  for (const member of members.keys()) {
    if (member.address !== address) continue;
    oldest ??= member;
    count += 1;
  }
  return { count, oldest };
}
