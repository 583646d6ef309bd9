// What stands in the zones of a host that nobody has claimed: its owner's, named by a few examples.
import { ByoError } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';
import { resolvePath } from '../ledger/target.ts';
import { readAcceptedZones } from './accepted-zones.ts';
import { showPath, walkFolder, type Found } from './walk-folder.ts';
import { isTooMuch, ZONES } from './zones.ts';

/** `examples`: a few things in it, or what is wrong with its path. `isKept`: its owner has said that it stays. */
export type ZoneContent = { zone: string; examples: string[]; isKept: boolean };

const NAMED = 3;

/**
 * Zones that are not empty, but those whose content may go. Empty folders say nothing, and packages bring some along, with
 * hidden empty files that keep them (kubernetes-cni). Content that is to stay must be few enough to be listed.
 */
export async function readZoneContents(host: Host): Promise<ZoneContent[]> {
  const accepted = await readAcceptedZones(host);
  const contents: ZoneContent[] = [];
  for (const zone of ZONES) {
    const how = accepted.get(zone);
    if (how === 'delete') continue;
    const { examples, count } = await lookInto(host, zone);
    if (examples.length > 0) contents.push({ zone, examples, isKept: how === 'keep' && !isTooMuch(count) });
  }
  return contents;
}

async function lookInto(host: Host, zone: string): Promise<{ examples: string[]; count: number }> {
  const root = host.root ?? '';
  const examples: string[] = [];
  let count = 0;
  try {
    const real = await resolvePath(root, zone);
    for await (const found of walkFolder(root, real)) {
      count += 1;
      if (examples.length < NAMED && (await isContent(host, real, found))) examples.push(showPath(found.path));
      if (isTooMuch(count)) break;
    }
  } catch (error) {
    if (!(error instanceof ByoError)) throw error;
    return { examples: [error.message], count: Number.POSITIVE_INFINITY };
  }
  // So many folders that nothing was found in them are content as well.
  return { examples: isTooMuch(count) && examples.length === 0 ? ['very many folders'] : examples, count };
}

async function isContent(host: Host, real: string, { path, kind }: Found): Promise<boolean> {
  if (kind === 'folder') return false;
  const isHidden = path.slice(path.lastIndexOf('/') + 1).startsWith('.');
  return !isHidden || kind === 'mount' || (await host.stat(`${real}/${showPath(path)}`))?.size !== 0;
}
