// Addresses and routes as lines that can be compared: what a lease, an advertisement or a routing daemon moves is left out.
import type { Link, LinkAddress } from '../linux/network.ts';
import { KNOWN_TABLES_OF_ROUTES } from './known-kinds.ts';

/** `eth0 192.0.2.11/24` for every global address that somebody has set. */
export function describeAddresses(links: readonly Link[]): string[] {
  return listAddresses(links, ({ dynamic, temporary }) => !dynamic && !temporary);
}

/** The same for addresses that a lease or an advertisement gave. */
export function describeLeased(links: readonly Link[]): string[] {
  return listAddresses(links, ({ dynamic, temporary }) => Boolean(dynamic) || Boolean(temporary));
}

function listAddresses(links: readonly Link[], isWanted: (address: LinkAddress) => boolean): string[] {
  return links.flatMap(({ ifname, addr_info = [] }) =>
    addr_info
      .filter((address) => address.local !== undefined && address.scope === 'global' && isWanted(address))
      .map(({ local, prefixlen }) => `${ifname} ${local}/${prefixlen}`),
  );
}

/** The kernel's own, learnt ones, and those of a daemon that speaks to other routers (rt_protos of iproute2). */
const MOVING_ROUTE =
  / proto (kernel|redirect|ra|dhcp|zebra|bgp|isis|ospf|rip|eigrp|babel|gated|mrt|dnrouted|xorp|ntk)( |$)/;

/** Of Cilium, which lets the kernel's word stand for who made them. */
const isMoving = (line: string): boolean => MOVING_ROUTE.test(line) && !KNOWN_TABLES_OF_ROUTES.test(line);

/** `output` of `ip route show table all`; `family` is -4 or -6. Routes over several ways stay one line. */
export function parseRoutes(family: string, output: string): string[] {
  const routes = output.replaceAll(/\n[\t ]+/g, ' ').split('\n');
  return routes
    .map((line) => line.replaceAll(/ (linkdown|dead|expires \S+|hoplimit \d+|pref \w+|error -\d+)(?= |$)/g, ''))
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .filter((line) => line !== '' && !isMoving(line))
    .map((line) => `${family} ${line}`);
}

/** `output` of `ip rule show`: policy routing. */
export function parsePolicies(family: string, output: string): string[] {
  const lines = output.split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim());
  return lines.filter((line) => line !== '').map((line) => `${family} rule ${line}`);
}
