// Free space where a node's files really go: by file system, since folders may be links or disks of their own.
import { dirname } from 'node:path';
import type { Host } from '../host/host.ts';
import { resolvePath } from '../ledger/target.ts';
import { SPACES } from './probes.ts';

/** One file system: `what` goes there and needs `leastBytes` in all. */
export type Space = { mount: string; freeBytes: number; leastBytes: number; what: string[] };

/** What cannot be told (no df, a link that leads nowhere) is left out. */
export async function readSpaces(host: Host): Promise<Space[]> {
  const spaces = new Map<string, Space>();
  for (const { path, what, leastBytes } of SPACES) {
    const found = await askFree(host, await findExisting(host, path));
    if (!found) continue;
    const known = spaces.get(found.mount) ?? { ...found, leastBytes: 0, what: [] };
    spaces.set(found.mount, { ...known, leastBytes: known.leastBytes + leastBytes, what: [...known.what, what] });
  }
  return [...spaces.values()];
}

/** The folder itself, or the one in which it would be made. */
async function findExisting(host: Host, path: string): Promise<string> {
  // A link of somebody else's is a finding of its own.
  let place = await resolvePath(host.root ?? '', path).catch(() => path);
  while (place !== '/' && !(await host.stat(place))) place = dirname(place);
  return place;
}

async function askFree(host: Host, path: string): Promise<Pick<Space, 'mount' | 'freeBytes'> | undefined> {
  const { exitCode, stdout } = await host.run(['df', '--block-size=1', '--output=avail,target', path]);
  const [, bytes, mount] = /^\s*(\d+) (.+)$/.exec(stdout.trim().split('\n').at(-1) ?? '') ?? [];
  return exitCode === 0 && mount !== undefined ? { mount, freeBytes: Number(bytes) } : undefined;
}
