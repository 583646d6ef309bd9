// The folders that a node fills: where they really are, and what stood in them before the claim.
import { z } from 'zod';
import type { Host } from '../host/host.ts';
import { resolvePath } from '../ledger/target.ts';
import { CONTAINERD_DROP_INS, OWNED_ZONES } from '../linux/paths.ts';
import { walkFolder } from './walk-folder.ts';

/** Zones, and what our containerd kept: a host that had another containerd was never claimable. */
export const ZONES: readonly string[] = [...OWNED_ZONES, '/var/lib/containerd', '/run/containerd'];
/**
 * Folders that operators fill as well as clusters do (mirrors, drop-ins of GPU operators): emptied only when the claim
 * made them. What an operator has there is no reason against a claim.
 */
export const CONFIG_ZONES: readonly string[] = ['/etc/containerd', CONTAINERD_DROP_INS];

/** `entries`: paths below it, as `walkFolder` tells them; null when there were more than could be listed. */
const ZoneState = z.object({ real: z.string(), present: z.boolean(), entries: z.array(z.string()).nullable() });
type ZoneState = z.infer<typeof ZoneState>;
/** By the zone's own path. */
export const ZoneStates = z.record(z.string(), ZoneState);
export type ZoneStates = z.infer<typeof ZoneStates>;

/** `real`: without links. */
export type Zone = { path: string; real: string };

const rootOf = (host: Pick<Host, 'root'>): string => host.root ?? '';

/** @throws ByoError for a link that is not root's */
export async function resolveZones(host: Pick<Host, 'root'>, paths: readonly string[] = ZONES): Promise<Zone[]> {
  const zones: Zone[] = [];
  for (const path of paths) zones.push({ path, real: await resolvePath(rootOf(host), path) });
  return zones;
}

/** More would make the baseline larger than all the rest of the journal: such a zone is not emptied at all. */
const MOST_ENTRIES = 2000;

/** So many things below a zone cannot be told from what a claim puts there. */
export const isTooMuch = (count: number): boolean => count > MOST_ENTRIES;

/** Every zone as it is now, for the baseline of a claim. */
export async function readZoneStates(host: Host): Promise<ZoneStates> {
  const states: ZoneStates = {};
  for (const { path, real } of await resolveZones(host)) {
    const entries: string[] = [];
    for await (const found of walkFolder(rootOf(host), real)) {
      entries.push(found.path);
      if (isTooMuch(entries.length)) break;
    }
    const present = (await host.stat(real)) !== undefined;
    states[path] = { real, present, entries: isTooMuch(entries.length) ? null : entries };
  }
  for (const { path, real } of await resolveZones(host, CONFIG_ZONES)) {
    states[path] = { real, present: (await host.stat(real)) !== undefined, entries: [] };
  }
  return states;
}
