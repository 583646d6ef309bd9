// What still stands in the zones after a reset and was not there before the claim.
import type { Host } from '../host/host.ts';
import { readAcceptedZones } from './accepted-zones.ts';
import type { ZoneToEmpty } from './plan-reset.ts';
import { showPath, walkFolder } from './walk-folder.ts';
import { resolveZones, ZONES } from './zones.ts';

const NAMED = 2;

/**
 * One line for each zone that is not as it was. Zones that no reset of this claim empties, since nobody here remembers what
 * the claim put there, are looked at as well: all in them counts, but what the owner has said stays.
 */
export async function listZoneRemains(host: Host, zones: readonly ZoneToEmpty[]): Promise<string[]> {
  const planned = new Set(zones.map(({ path }) => path));
  const accepted = await readAcceptedZones(host);
  const others = ZONES.filter((path) => !planned.has(path) && accepted.get(path) !== 'keep');
  const unknown = (await resolveZones(host, others)).map((zone) => ({ ...zone, kept: new Set<string>() }));
  const remains: string[] = [];
  for (const { path, real, kept } of [...zones, ...unknown]) {
    const named: string[] = [];
    for await (const found of walkFolder(host.root ?? '', real)) {
      if (!kept.has(found.path)) named.push(showPath(found.path));
      if (named.length >= NAMED) break;
    }
    if (named.length > 0) remains.push(`files in ${path} (${named.join(', ')})`);
  }
  return remains;
}
