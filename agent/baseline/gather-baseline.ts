// Looks at the machine, and changes nothing: what stands there now of every kind that a host is compared by.
import { ByoError, printable } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';
import { isUnitActive } from '../linux/units.ts';
import { resolveZones, ZONES } from '../zones/zones.ts';
import { Baseline } from './baseline.ts';
import { KERNEL_SYSCTLS, MADE_FOLDERS, OWN_SYSCTLS } from './known-kinds.ts';
import { describeMounts, parseMounts } from '../linux/mounts.ts';
import { parseAddresses, parseLeased, parsePolicies, parseRoutes } from './parse-network.ts';
import { parseIptables, parseNftables } from './parse-rules.ts';
import { HOLDER_UNITS } from '../endpoint/holder-units.ts';
import { readUnits } from './read-units.ts';

/** A firewall of some ten thousand rules; output that is cut would be compared wrongly, so it is refused. */
const OUTPUT_LIMIT = 4 * 1024 * 1024;
/** Exit code of a command that the machine does not have: it has nothing of that kind then. */
const NO_SUCH_COMMAND = 127;

/** @throws ByoError `StepFailed` (retryable) naming what could not be read: half a look must never pass for a clean host */
export async function gatherBaseline(host: Host): Promise<Baseline> {
  const addresses = await read(host, ['ip', '-j', 'address', 'show', 'scope', 'global']);
  const zones = await resolveZones(host);
  const isBelowZone = (target: string): boolean => zones.some(({ real }) => target.startsWith(`${real}/`));
  const lines = {
    link: (await host.list('/sys/class/net')).filter((name) => !KERNELS_LINK.test(name)),
    address: parseAddresses(addresses),
    leased: parseLeased(addresses),
    holder: await listActive(
      host,
      HOLDER_UNITS.map(({ unit }) => unit),
    ),
    route: await readRoutes(host),
    rule: await readRules(host),
    sysctl: await readSysctls(host),
    mount: describeMounts(parseMounts(await readText(host, '/proc/self/mountinfo')), isBelowZone),
    module: (await readText(host, '/proc/modules')).split('\n').map((line) => line.split(' ')[0] ?? ''),
    unit: await readUnits(host),
    folder: await listPresent(host, [...ZONES, ...MADE_FOLDERS]),
  };
  return Baseline.parse(Object.fromEntries(Object.entries(lines).map(([kind, all]) => [kind, sortLines(all)])));
}

function sortLines(lines: readonly string[]): string[] {
  return [...new Set(lines)].filter((line) => line !== '').toSorted();
}

/** Loopback, and the devices that a tunnel module puts into every network namespace: nobody can delete those. */
const KERNELS_LINK = /^(lo|bonding_masters|tunl0|sit0|gre0|gretap0|erspan0|ip_vti0|ip6_vti0|ip6tnl0|ip6gre0)$/;

async function readRoutes(host: Host): Promise<string[]> {
  const lines: string[] = [];
  for (const family of await listFamilies(host)) {
    lines.push(...parseRoutes(family, await read(host, ['ip', family, 'route', 'show', 'table', 'all'])));
    lines.push(...parsePolicies(family, await read(host, ['ip', family, 'rule', 'show'])));
  }
  return lines;
}

/** Without IPv6 in the kernel its tools only fail. */
async function listFamilies(host: Host): Promise<string[]> {
  return (await host.stat('/proc/net/if_inet6')) ? ['-4', '-6'] : ['-4'];
}

async function readRules(host: Host): Promise<string[]> {
  const lines: string[] = [];
  for (const family of await listFamilies(host)) {
    const tool = family === '-4' ? 'iptables' : 'ip6tables';
    lines.push(...parseIptables(tool, await read(host, [`${tool}-save`])));
  }
  return [...lines, ...parseNftables(await read(host, ['nft', '--stateless', 'list', 'ruleset']))];
}

/** In a container the kernel is somebody else's as well: its settings are no trace of this host. */
async function readSysctls(host: Host): Promise<string[]> {
  const isContainer = (await host.run(['systemd-detect-virt', '--container', '--quiet'])).exitCode === 0;
  const lines: string[] = [];
  for (const name of isContainer ? OWN_SYSCTLS : [...OWN_SYSCTLS, ...KERNEL_SYSCTLS]) {
    const value = await host.readFile(`/proc/sys/${name.replaceAll('.', '/')}`);
    if (value) lines.push(`${name}=${value.toString('utf8').trim()}`);
  }
  return lines;
}

async function listPresent(host: Host, paths: readonly string[]): Promise<string[]> {
  const present: string[] = [];
  for (const path of paths) if (await host.stat(path)) present.push(path);
  return present;
}

async function listActive(host: Host, units: readonly string[]): Promise<string[]> {
  const active: string[] = [];
  for (const unit of units) if (await isUnitActive(host, unit)) active.push(unit);
  return active;
}

async function readText(host: Host, path: string): Promise<string> {
  return (await host.readFile(path))?.toString('utf8') ?? '';
}

async function read(host: Host, argv: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await host.run(argv, { outputLimit: OUTPUT_LIMIT });
  if (exitCode === NO_SUCH_COMMAND) return '';
  if (exitCode === 0 && stdout.length < OUTPUT_LIMIT) return stdout;
  const how = exitCode === 0 ? 'says more than can be compared' : `ended with ${exitCode}: ${printable(stderr, 300)}`;
  throw new ByoError('StepFailed', `${argv.join(' ')} ${how}`, {
    remedy: 'It is tried again; a host is compared as a whole or not at all',
    retryable: true,
  });
}
