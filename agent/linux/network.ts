// The network of the machine as iproute2 tells it: default interface, links, addresses.
import { z } from 'zod';
import type { Network } from '../../api/report/reported-host.ts';
import type { Host } from '../host/host.ts';
import { readOutput } from './must-run.ts';

/** `ip -j route`; a route may lack what is not said of it. */
const IpRoutes = z.array(z.object({ dev: z.string().optional(), metric: z.number().default(0) }));

const IpAddress = z
  .object({
    family: z.string(),
    local: z.string(),
    prefixlen: z.number(),
    scope: z.string(),
    /** It has a lifetime: a lease or an advertisement gave it. */
    dynamic: z.boolean(),
    /** RFC 8981: it changes by the day and names nobody. */
    temporary: z.boolean(),
  })
  .partial();
/** `ip -j address`, as far as we read it; iproute2 prints empty objects for links that a filter leaves out. */
const IpLinks = z.array(
  z.object({ ifname: z.string(), address: z.string(), operstate: z.string(), addr_info: z.array(IpAddress) }).partial(),
);
/** One link with its addresses, in iproute2's words. */
export type Link = z.infer<typeof IpLinks>[number];
export type LinkAddress = z.infer<typeof IpAddress>;

/** Links that containers come and go by: they would make a report of every pod. */
const CONTAINER_LINKS =
  /^(lo$|veth|cni|cali|cilium|lxc|flannel|kube-|docker|br-|podman|tunl|vxlan|nodelocaldns|antrea|weave)/;

type Looks = Pick<Host, 'run' | 'stat'>;

/** Without IPv6 in the kernel its tools only fail. */
export async function listFamilies(host: Pick<Host, 'stat'>): Promise<string[]> {
  return (await host.stat('/proc/net/if_inet6')) ? ['-4', '-6'] : ['-4'];
}

/**
 * Interface of the default route, IPv4 before IPv6; undefined without one.
 * @throws ByoError `StepFailed` (retryable) when `ip` fails: a document read without it would be refused for good
 */
export async function readDefaultInterface(host: Looks): Promise<string | undefined> {
  for (const family of await listFamilies(host)) {
    const name = decideDefaultInterface(
      (await readOutput(host, ['ip', family, '-j', 'route', 'show', 'default'])) ?? '',
    );
    if (name) return name;
  }
  return undefined;
}

/** The route with the lowest metric wins, as in the kernel; `routes` is the JSON of `ip -j route show default`. */
export function decideDefaultInterface(routes: string): string | undefined {
  const known = IpRoutes.parse(JSON.parse(routes.trim() || '[]')).filter((route) => route.dev !== undefined);
  return known.toSorted((a, b) => a.metric - b.metric)[0]?.dev;
}

/** First global IPv4 and IPv6 address of an interface. */
export async function readInterfaceAddresses(
  host: Looks,
  name: string,
): Promise<{ localIpv4?: string; localIpv6?: string }> {
  const link = (await readLinks(host))?.find((known) => known.ifname === name);
  const find = (family: string) => globalAddresses(link).find((address) => address.family === family)?.local;
  const [localIpv4, localIpv6] = [find('inet'), find('inet6')];
  return { ...(localIpv4 ? { localIpv4 } : {}), ...(localIpv6 ? { localIpv6 } : {}) };
}

/** The machine's own interfaces, in a fixed order. */
export async function readInterfaces(host: Looks): Promise<z.infer<typeof Network>> {
  const defaultInterface = await readDefaultInterface(host);
  const links = ((await readLinks(host)) ?? []).filter((link) => link.ifname && !CONTAINER_LINKS.test(link.ifname));
  return links
    .map((link) => ({
      networkInterfaceName: (link.ifname ?? '').slice(0, 64),
      macAddr: (link.address ?? '').slice(0, 64),
      ipAddrs: globalAddresses(link)
        .map(({ local, prefixlen }) => `${local}/${prefixlen}`)
        .toSorted()
        .slice(0, 16),
      connected: link.operstate === 'UP',
      isDefault: link.ifname === defaultInterface,
    }))
    .toSorted((a, b) => a.networkInterfaceName.localeCompare(b.networkInterfaceName))
    .slice(0, 32);
}

function globalAddresses(link: Link | undefined): LinkAddress[] {
  return (link?.addr_info ?? []).filter((address) => address.local && address.scope === 'global' && !address.temporary);
}

/**
 * Links with their addresses, in the order of the kernel; undefined on a machine without iproute2.
 * @throws ByoError `StepFailed` (retryable) when `ip` fails
 */
export async function readLinks(host: Pick<Host, 'run'>): Promise<Link[] | undefined> {
  const output = await readOutput(host, ['ip', '-j', 'address', 'show']);
  return output === undefined ? undefined : parseLinks(output);
}

/** `output` of `ip -j address show`. */
export function parseLinks(output: string): Link[] {
  return IpLinks.parse(JSON.parse(output.trim() || '[]'));
}
