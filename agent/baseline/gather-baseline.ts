// Looks at the machine, and changes nothing: what stands there now of every kind that a host is compared by.
import type { Host } from '../host/host.ts';
import { listLoadedModules } from '../linux/kernel-modules.ts';
import { readMounts } from '../linux/mounts.ts';
import { readOutput } from '../linux/must-run.ts';
import { listFamilies, readLinks } from '../linux/network.ts';
import { readSysctl } from '../linux/sysctl.ts';
import { isUnitActive } from '../linux/units.ts';
import { resolveZones, ZONES } from '../zones/zones.ts';
import { Baseline } from './baseline.ts';
import { describeMounts } from './describe-mounts.ts';
import { describeAddresses, describeLeased, parsePolicies, parseRoutes } from './describe-network.ts';
import { KERNEL_SYSCTLS, KERNELS_LINK, KNOWN_LINK, MADE_FOLDERS, OWN_SYSCTLS } from './known-kinds.ts';
import { HOLDER_UNITS } from '../linux/holder-units.ts';
import { readRules, readSets } from './read-rules.ts';
import { readPins, readPrograms } from './read-programs.ts';
import { readUnits } from './read-units.ts';

/** @throws ByoError `StepFailed` (retryable) naming what could not be read: half a look must never pass for a clean host */
export async function gatherBaseline(host: Host): Promise<Baseline> {
  const links = (await readLinks(host)) ?? [];
  const zones = await resolveZones(host);
  const isBelowZone = (target: string): boolean => zones.some(({ real }) => target.startsWith(`${real}/`));
  const names = (await host.list('/sys/class/net')).filter((name) => !KERNELS_LINK.test(name));
  const lines = {
    link: names,
    address: describeAddresses(links),
    leased: describeLeased(links),
    holder: await listActive(
      host,
      HOLDER_UNITS.map(({ unit }) => unit),
    ),
    route: await readRoutes(host),
    rule: await readRules(host),
    sysctl: await readSysctls(host),
    mount: describeMounts(await readMounts(host), isBelowZone),
    module: await listLoadedModules(host),
    unit: await readUnits(host),
    folder: await listPresent(host, [...ZONES, ...MADE_FOLDERS]),
    set: await readSets(host),
    tc: await readPrograms(
      host,
      names.filter((name) => !KNOWN_LINK.test(name)),
    ),
    pin: await readPins(host),
  };
  return Baseline.parse(Object.fromEntries(Object.entries(lines).map(([kind, all]) => [kind, sortLines(all)])));
}

function sortLines(lines: readonly string[]): string[] {
  return [...new Set(lines)].filter((line) => line !== '').toSorted();
}

async function readRoutes(host: Host): Promise<string[]> {
  const lines: string[] = [];
  for (const family of await listFamilies(host)) {
    lines.push(...parseRoutes(family, (await readOutput(host, ['ip', family, 'route', 'show', 'table', 'all'])) ?? ''));
    lines.push(...parsePolicies(family, (await readOutput(host, ['ip', family, 'rule', 'show'])) ?? ''));
  }
  return lines;
}

/** In a container the kernel is somebody else's as well: its settings are no trace of this host. */
async function readSysctls(host: Host): Promise<string[]> {
  const isContainer = (await host.run(['systemd-detect-virt', '--container', '--quiet'])).exitCode === 0;
  const lines: string[] = [];
  for (const name of isContainer ? OWN_SYSCTLS : [...OWN_SYSCTLS, ...KERNEL_SYSCTLS]) {
    const value = await readSysctl(host, name);
    if (value !== undefined) lines.push(`${name}=${value}`);
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
