// Names in folders of the machine, by which what came with a claim is told from what was there.
import type { Host } from '../host/host.ts';

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
 * a link, which leads to where somebody else may have listed.
 */
export async function listNames(host: Pick<Host, 'list' | 'stat'>): Promise<string[]> {
  const lines: string[] = [];
  for (const folder of LISTED_FOLDERS) {
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
