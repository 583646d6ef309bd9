// Facts of the machine that steps decide by: cgroup version, SELinux, hostname.
import type { Host } from '../host/host.ts';
import { readText } from './read-text.ts';
import { readSysctl } from './sysctl.ts';

/** The cgroup hierarchy that the kubelet would use: v2 only when the unified one stands at /sys/fs/cgroup itself. */
export async function readCgroupVersion(host: Host): Promise<'v1' | 'v2'> {
  return (await host.stat('/sys/fs/cgroup/cgroup.controllers')) ? 'v2' : 'v1';
}

/**
 * Not in use, or asked to refuse (enforcing) or to tell (permissive). A kernel that has it without a machine that is set up
 * for it has no policy, no labels and no restorecon: the file is what libselinux goes by too.
 */
export async function readSELinux(host: Host): Promise<'none' | 'permissive' | 'enforcing'> {
  if (!(await host.stat('/etc/selinux/config'))) return 'none';
  const mode = (await readText(host, '/sys/fs/selinux/enforce'))?.trim();
  if (mode === undefined) return 'none';
  return mode === '1' ? 'enforcing' : 'permissive';
}

/** Hostname as the kernel has it. */
export async function readHostname(host: Host): Promise<string> {
  return (await readSysctl(host, 'kernel.hostname')) ?? '';
}

/** os-release(5): shell assignments, quoted or not; the administrator's file before the distribution's. */
export async function readOsRelease(host: Host): Promise<Record<string, string>> {
  return parseOsRelease(
    (await readText(host, '/etc/os-release')) || (await readText(host, '/usr/lib/os-release')) || '',
  );
}

/** Pure: names and values, without their quotes. */
export function parseOsRelease(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/^([A-Z_0-9]+)=(.*)$/gm)];
  return Object.fromEntries(
    pairs.map(([, key = '', value = '']) => [key, value.trim().replace(/^(["'])(.*)\1$/, '$2')]),
  );
}
