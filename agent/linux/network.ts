// The network of the machine as iproute2 tells it: default interface, addresses, links.
import { z } from 'zod';
import type { Network } from '../../api/reported-host.ts';
import type { Host } from '../host/host.ts';

/** `ip -j route`; a route may lack what is not said of it. */
const IpRoutes = z.array(z.object({ dev: z.string().optional(), metric: z.number().default(0) }));

const IpAddress = z
  .object({ family: z.string(), local: z.string(), prefixlen: z.number(), scope: z.string(), temporary: z.boolean() })
  .partial();
/** `ip -j address`, as far as we read it; iproute2 prints empty objects for links that a filter leaves out. */
const IpAddresses = z.array(
  z
    .object({
      ifname: z.string(),
      address: z.string(),
      operstate: z.string(),
      addr_info: z.array(IpAddress),
    })
    .partial(),
);
type Link = z.infer<typeof IpAddresses>[number];

/** Links that containers come and go by: they would make a report of every pod. */
const CONTAINER_LINKS =
  /^(lo$|veth|cni|cali|cilium|lxc|flannel|kube-|docker|br-|podman|tunl|vxlan|nodelocaldns|antrea|weave)/;

/** Interface of the default route, IPv4 before IPv6; undefined without one. */
export async function readDefaultInterface(host: Host): Promise<string | undefined> {
  for (const family of ['-4', '-6']) {
    const { exitCode, stdout } = await host.run(['ip', family, '-j', 'route', 'show', 'default']);
    const name = exitCode === 0 ? decideDefaultInterface(stdout) : undefined;
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
  host: Host,
  name: string,
): Promise<{ localIpv4?: string; localIpv6?: string }> {
  const link = (await readLinks(host)).find((known) => known.ifname === name);
  const find = (family: string) => globalAddresses(link).find((address) => address.family === family)?.local;
  const [localIpv4, localIpv6] = [find('inet'), find('inet6')];
  return { ...(localIpv4 ? { localIpv4 } : {}), ...(localIpv6 ? { localIpv6 } : {}) };
}

/** The machine's own interfaces, in a fixed order. */
export async function readInterfaces(host: Host): Promise<z.infer<typeof Network>> {
  const defaultInterface = await readDefaultInterface(host);
  const links = (await readLinks(host)).filter((link) => link.ifname && !CONTAINER_LINKS.test(link.ifname));
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

/** Temporary addresses (RFC 8981) change by the day and name nobody. */
function globalAddresses(link: Link | undefined) {
  return (link?.addr_info ?? []).filter((address) => address.local && address.scope === 'global' && !address.temporary);
}

async function readLinks(host: Host): Promise<Link[]> {
  const { exitCode, stdout } = await host.run(['ip', '-j', 'address', 'show']);
  return exitCode === 0 ? IpAddresses.parse(JSON.parse(stdout.trim() || '[]')) : [];
}
