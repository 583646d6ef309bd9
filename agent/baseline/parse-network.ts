// Addresses and routes as lines that can be compared: what a lease, an advertisement or a routing daemon moves is left out.
import { z } from 'zod';

const IpAddress = z
  .object({ local: z.string(), prefixlen: z.number(), dynamic: z.boolean(), temporary: z.boolean() })
  .partial();
/** `ip -j address show scope global`; links without such an address are empty objects. */
const IpAddresses = z.array(z.object({ ifname: z.string(), addr_info: z.array(IpAddress) }).partial());

/** `eth0 192.0.2.11/24` for every address that somebody has set. */
export function parseAddresses(output: string): string[] {
  return listAddresses(output, ({ dynamic, temporary }) => !dynamic && !temporary);
}

/** The same for addresses that a lease or an advertisement gave. */
export function parseLeased(output: string): string[] {
  return listAddresses(output, ({ dynamic, temporary }) => Boolean(dynamic) || Boolean(temporary));
}

function listAddresses(output: string, isWanted: (address: z.infer<typeof IpAddress>) => boolean): string[] {
  const links = IpAddresses.parse(JSON.parse(output.trim() || '[]'));
  return links.flatMap(({ ifname, addr_info = [] }) =>
    addr_info
      .filter((address) => address.local !== undefined && isWanted(address))
      .map(({ local, prefixlen }) => `${ifname} ${local}/${prefixlen}`),
  );
}

/** The kernel's own, learnt ones, and those of a daemon that speaks to other routers (rt_protos of iproute2). */
const MOVING_ROUTE =
  / proto (kernel|redirect|ra|dhcp|zebra|bgp|isis|ospf|rip|eigrp|babel|gated|mrt|dnrouted|xorp|ntk)( |$)/;

/** `output` of `ip route show table all`; `family` is -4 or -6. Routes over several ways stay one line. */
export function parseRoutes(family: string, output: string): string[] {
  const routes = output.replaceAll(/\n[\t ]+/g, ' ').split('\n');
  return routes
    .map((line) => line.replaceAll(/ (linkdown|dead|expires \S+|hoplimit \d+|pref \w+|error -\d+)(?= |$)/g, ''))
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .filter((line) => line !== '' && !MOVING_ROUTE.test(line))
    .map((line) => `${family} ${line}`);
}

/** `output` of `ip rule show`: policy routing. */
export function parsePolicies(family: string, output: string): string[] {
  const lines = output.split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim());
  return lines.filter((line) => line !== '').map((line) => `${family} rule ${line}`);
}
