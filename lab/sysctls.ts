// The machine's kernel settings: kubelets and kube-proxies in hosts change ones that are not namespaced.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Path below /proc/sys to the value as the kernel prints it. */
export type Sysctls = Record<string, string>;

const ROOT = '/proc/sys';
const TREES = ['kernel', 'vm', 'net', 'fs'];

/** Counters, one-shot triggers and things the kernel moves by itself: reading tells nothing, writing does harm. */
const VOLATILE = [
  /^kernel\/(random|ns_last_pid|hostname|domainname|sched_domain|pty\/nr$)/,
  /^kernel\/(core_pattern_|cad_pid|modprobe$|poweroff_cmd|hotplug)/,
  /^fs\/(file-nr|inode-|dentry-|aio-nr|binfmt_misc|quota)/,
  /^vm\/(compact_memory|drop_caches|stat_refresh)/,
  /^net\/netfilter\/nf_conntrack_count$/,
  /\/flush$/,
];

/** Every setting that can be read and written; about 1300, some 30 ms. */
export function readSysctls(): Sysctls {
  return Object.fromEntries(TREES.flatMap((tree) => readTree(tree)));
}

/** Settings that differ from `wanted`, as they should be. Those that came or went with an interface are no one's. */
export function decideRestoration(wanted: Sysctls, now: Sysctls): Sysctls {
  const changed = Object.entries(wanted).filter(([name, value]) => now[name] !== undefined && now[name] !== value);
  // Writing ip_forward resets many others to its defaults, so it goes first.
  return Object.fromEntries(
    changed.toSorted(([a], [b]) => Number(!a.endsWith('/ip_forward')) - Number(!b.endsWith('/ip_forward'))),
  );
}

/** Write back what differs; gives a line for each setting restored or refused by the kernel. */
export function restoreSysctls(wanted: Sysctls): string[] {
  const lines: string[] = [];
  // A second round, since one setting can move others.
  for (let round = 0; round < 2; round += 1) {
    const now = readSysctls();
    for (const [name, value] of Object.entries(decideRestoration(wanted, now))) {
      lines.push(writeSysctl(name, { from: now[name] ?? '', to: value }));
    }
  }
  return [...new Set(lines)];
}

function writeSysctl(name: string, { from, to }: { from: string; to: string }): string {
  try {
    writeFileSync(join(ROOT, name), to);
    return `restored ${name}: ${from} -> ${to}`;
  } catch (error) {
    return `could not restore ${name} from ${from} to ${to}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function readTree(folder: string): [string, string][] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = join(folder, entry.name);
    if (VOLATILE.some((pattern) => pattern.test(name))) return [];
    if (entry.isDirectory()) return readTree(name);
    const value = readSysctl(name);
    return value === undefined ? [] : [[name, value] as [string, string]];
  });
}

function readSysctl(name: string): string | undefined {
  try {
    const { mode } = statSync(join(ROOT, name));
    if ((mode & 0o600) !== 0o600) return undefined;
    return readFileSync(join(ROOT, name), 'utf8').trimEnd();
  } catch {
    // Some entries refuse to be read in this kernel or vanish with their interface: nothing to keep then.
    return undefined;
  }
}
