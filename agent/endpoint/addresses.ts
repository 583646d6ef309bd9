// Addresses as the kernel has them on the links of this machine, and one way to write each.
import { isIP } from 'node:net';
import type { Link } from '../linux/network.ts';

/** One address on one link. `leased`: it has a lifetime, so DHCP or an advertisement gave it. */
export type HeldAddress = { link: string; address: string; prefix: number; leased: boolean };

/** In the order of the kernel: the first of a link and family is its primary one. */
export function heldAddresses(links: readonly Link[]): HeldAddress[] {
  return links.flatMap(({ ifname: link = '', addr_info = [] }) =>
    addr_info.flatMap(({ local = '', prefixlen: prefix = 0, dynamic = false, temporary = false }) => {
      const address = canonicalAddress(local);
      return address === undefined ? [] : [{ link, address, prefix, leased: dynamic || temporary }];
    }),
  );
}

/** An IP address in the one form in which two of them can be compared; undefined for anything else, a name above all. */
export function canonicalAddress(text: string): string | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  if (isIP(bare) === 4) return bare;
  return isIP(bare) === 6 ? new URL(`http://[${bare}]/`).hostname.slice(1, -1) : undefined;
}

/** Nothing from outside arrives there: a balancer of every node's own (127.0.0.1) answers for nobody else. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
