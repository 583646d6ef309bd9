// Modules of the running kernel; what is built in is in no list of them.
import type { Host } from '../host/host.ts';
import { readText } from './read-text.ts';

/** Names as the kernel writes them: with underscores. */
export async function listLoadedModules(host: Pick<Host, 'readFile'>): Promise<string[]> {
  const lines = ((await readText(host, '/proc/modules')) ?? '').split('\n');
  return lines.map((line) => line.split(' ')[0] ?? '').filter((name) => name !== '');
}

/** `br-netfilter` is `br_netfilter` in the kernel's own tables. */
export function kernelNameOf(module: string): string {
  return module.replaceAll('-', '_');
}
