// Facts of the machine that steps decide by: cgroup version, SELinux, hostname.
import type { Host } from '../host/host.ts';

/** The cgroup hierarchy that the kubelet would use: v2 only when the unified one stands at /sys/fs/cgroup itself. */
export async function readCgroupVersion(host: Host): Promise<'v1' | 'v2'> {
  return (await host.stat('/sys/fs/cgroup/cgroup.controllers')) ? 'v2' : 'v1';
}

export async function isSELinuxEnabled(host: Host): Promise<boolean> {
  return (await host.stat('/sys/fs/selinux/enforce')) !== undefined;
}

/** Hostname as the kernel has it. */
export async function readHostname(host: Host): Promise<string> {
  return ((await host.readFile('/proc/sys/kernel/hostname'))?.toString('utf8') ?? '').trim();
}
