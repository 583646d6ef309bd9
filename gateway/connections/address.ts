// Whom an address stands for when something is counted.
import { isIPv6, SocketAddress } from 'node:net';
import type { Rate } from '../../common/token-bucket.ts';
import { RateLimiter } from '../limits.ts';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** Groups of 16 bits. */
const OF_ADDRESS = 4;
const OF_NET = 3;

/** Both are the address itself for IPv4. */
export type AddressKeys = { address: string; net: string };

/** An IPv6 address counts as its /64, since whoever has one address of it has them all; and its /48, which a site is given. */
export function addressKeysOf(address: string): AddressKeys {
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return { address: mapped ?? address, net: mapped ?? address };
  const [head = '', tail] = new SocketAddress({ family: 'ipv6', address }).address.split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  const groups = [...left, ...zeros, ...right];
  return { address: groups.slice(0, OF_ADDRESS).join(':'), net: groups.slice(0, OF_NET).join(':') };
}

/** A rate for each address, and for the addresses of one net together. */
export class AddressRates {
  readonly #perAddress: RateLimiter;
  readonly #perNet: RateLimiter;

  constructor(rates: { perAddress: Rate; perNet: Rate }, maxKeys: number) {
    this.#perAddress = new RateLimiter(rates.perAddress, maxKeys);
    this.#perNet = new RateLimiter(rates.perNet, maxKeys);
  }

  /** Takes one; 0 when there was one, else the seconds until there is. `now` in milliseconds. */
  take({ address, net }: AddressKeys, now: number): number {
    return this.#perAddress.take(address, now) || (net === address ? 0 : this.#perNet.take(net, now));
  }
}
