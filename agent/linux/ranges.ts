// Ranges of addresses: whether something stands in the pod or service ranges of a cluster. Pure.
import { BlockList, isIP } from 'node:net';

/** `isIn`: an address, or a range that lies wholly within one of them. */
export type Ranges = { isIn(text: string): boolean };

/**
 * A wider one is believed by nobody: a document that names the whole Internet as its pods would have a reset take the
 * machine's own routes.
 */
const WIDEST = { 4: 8, 6: 24 } as const;
/** A hostile object could name any number. */
const MOST = 64;

/** `10.244.0.0/16`, `fd00:10::/48`; undefined for anything else, and for what is too wide to be a cluster's. */
export function parseRange(text: string): { address: string; prefix: number } | undefined {
  const parsed = parseAddress(text);
  if (!parsed || !text.includes('/')) return undefined;
  const { address, prefix, family } = parsed;
  return prefix < WIDEST[family] ? undefined : { address, prefix };
}

type Parsed = NonNullable<ReturnType<typeof parseRange>>;

/**
 * Of CIDRs; what is none is left out. `own`: addresses of the machine itself with their networks. A range that is wider than
 * such a network and holds it (Calico's 192.168.0.0/16 in a house that has 192.168.1.0/24) says nothing of what is in there.
 */
export function createRanges(texts: readonly string[], own: readonly string[] = []): Ranges {
  const homes = own.flatMap((text) => parseAddress(text) ?? []);
  const ranges = texts.slice(0, MOST).flatMap((text) => parseRange(text) ?? []);
  const known = ranges.map((range) => {
    const isWithin = createNetwork(range);
    return { isWithin, homes: homes.filter((home) => home.prefix > range.prefix && isWithin(home)).map(createNetwork) };
  });
  return {
    isIn(text) {
      const parsed = parseAddress(text);
      if (!parsed) return false;
      return known.some((one) => one.isWithin(parsed) && !one.homes.some((isHome) => isHome(parsed)));
    },
  };
}

function createNetwork({ address, prefix }: Parsed): (other: Parsed) => boolean {
  const list = new BlockList();
  list.addSubnet(address, prefix, nameOf(address));
  return (other) => other.prefix >= prefix && list.check(other.address, nameOf(other.address));
}

/** A bare address is a range of one. */
function parseAddress(text: string): { address: string; prefix: number; family: 4 | 6 } | undefined {
  const [, address = '', bits] = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  if (family !== 4 && family !== 6) return undefined;
  const most = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : Number(bits);
  return prefix > most ? undefined : { address, prefix, family };
}

const nameOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6');
