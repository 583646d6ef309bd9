// Names in folders of the machine, by which what came with a claim is told from what was there.
import type { Host } from '../host/host.ts';
import { isRemote, readMounts } from '../linux/mounts.ts';

/** Folders whose names the baseline knows: what is in one of them now and was not before came with the claim. */
const LISTED_FOLDERS = [
  '/',
  '/etc',
  '/home',
  '/media',
  '/mnt',
  '/opt',
  '/srv',
  '/usr/local',
  '/var',
  '/var/lib',
  '/var/log',
  '/var/opt',
  '/data',
];
/** More could not be told from what comes. */
const MOST_NAMES = 1000;

/**
 * Each listed folder as `<path>/`, and what is in it, by its path. One with more names than can be listed is left out, and so is
 * a link, which leads to where somebody else may have listed, and what is on another machine, which may not answer.
 */
export async function listNames(host: Pick<Host, 'list' | 'stat' | 'readFile'>): Promise<string[]> {
  const mounts = await readMounts(host);
  const lines: string[] = [];
  for (const folder of LISTED_FOLDERS.filter((one) => !isRemote(one, mounts))) {
    if ((await host.stat(folder))?.kind !== 'directory') continue;
    const names = await host.list(folder);
    if (names.length > MOST_NAMES) continue;
    lines.push(
      ...[markOf(folder), ...names.map((name) => markOf(folder) + name)].filter((line) => !/\p{C}/u.test(line)),
    );
  }
  return lines;
}

/** How a listed folder stands among the names. */
export const markOf = (folder: string): string => (folder === '/' ? '/' : `${folder}/`);
