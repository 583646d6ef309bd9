// Settings of the running kernel, by the names that sysctl(8) gives them.
import type { Host } from '../host/host.ts';
import { readText } from './read-text.ts';

/** sysctl(8): dots and slashes change places, so that `net.ipv4.conf.eth0/1.rp_filter` names the interface eth0.1. */
export function sysctlPath(name: string): string {
  const path = name.replace(/[./]/g, (letter) => (letter === '.' ? '/' : '.'));
  if (path.split('/').includes('..')) throw new TypeError('not the name of a sysctl');
  return `/proc/sys/${path}`;
}

/** Undefined when the kernel does not know it: often its module is not loaded. */
export async function readSysctl(host: Pick<Host, 'readFile'>, name: string): Promise<string | undefined> {
  const value = await readText(host, sysctlPath(name));
  return value === undefined ? undefined : normalizeSysctl(value);
}

/** Values of several numbers are printed with tabs and accepted with spaces. */
export function normalizeSysctl(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}
