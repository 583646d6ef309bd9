// Which zones a reset empties, and what stays in them: what stood there before the claim is not ours.
import { ByoError, describeError, printable } from '../../common/errors.ts';
import type { Host } from '../host/host.ts';
import type { Claim } from '../journal/claims.ts';
import { openIfThere } from './walk-folder.ts';
import { CONFIG_ZONES, resolveZones, ZONES, type Zone, type ZoneStates } from './zones.ts';

/** `kept`: paths below it that stay; `podMounts`: where pods' mounts are, in a folder that is not everybody's. */
export type ZoneToEmpty = Zone & { kept: ReadonlySet<string>; podMounts?: readonly string[] };

/** What the journal knows of a claim's beginning. */
export type ClaimMemory = {
  /** Undefined when an older agent opened the claim, or a reset is all that this agent knows of it. */
  readBaseline(claim: Claim): { zones?: ZoneStates | undefined } | undefined;
  /** A step of the claim beside its resets has been intended or done here. */
  hasWorked(claim: Claim): boolean;
};

/** What is known of the zones before the claim. `worked` without states: an older agent began the claim. */
export type Known = { states?: ZoneStates | undefined; worked: boolean };

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Pure. Without any memory of the claim nothing is emptied: whatever stands there may be the owner's. A claim that an older
 * agent began has no states: then the zones are emptied as that one would have, and folders of operators are not.
 */
export function decideZones({ states, worked }: Known, now: readonly Zone[]): ZoneToEmpty[] {
  if (!states && !worked) return [];
  return now.flatMap((zone): ZoneToEmpty[] => {
    const before = states?.[zone.path];
    if (CONFIG_ZONES.includes(zone.path)) return before?.present === false ? [{ ...zone, kept: NOTHING }] : [];
    return [{ ...zone, kept: new Set(before?.entries) }];
  });
}

/** Pure: why a zone cannot be emptied at all. */
export function listObstacles({ states = {} }: Known, now: readonly (Zone & { isThere: boolean })[]): string[] {
  return now.flatMap(({ path, real, isThere }) => {
    const before = states[path];
    if (!before || !isThere) return [];
    if (before.real !== real) return [`${path} leads to ${real} now, and led to ${before.real} when the claim began`];
    return before.entries ? [] : [`${path} held more files of its owner's than could be listed when the claim began`];
  });
}

/** @throws ByoError `ResetBlocked` (retryable) naming what keeps a zone from being emptied */
export async function planZones(host: Host, memory: ClaimMemory, claim: Claim): Promise<ZoneToEmpty[]> {
  const known = { states: memory.readBaseline(claim)?.zones, worked: memory.hasWorked(claim) };
  const zones = await resolveAll(host);
  const seen = [];
  for (const zone of zones) seen.push({ ...zone, isThere: await isFolder(host, zone.real) });
  const obstacles = listObstacles(known, seen);
  if (obstacles.length > 0) throw blocked(obstacles.join('; '));
  return decideZones(known, zones);
}

async function resolveAll(host: Host): Promise<Zone[]> {
  try {
    return await resolveZones(host, [...ZONES, ...CONFIG_ZONES]);
  } catch (error) {
    throw error instanceof ByoError ? blocked(describeError(error)) : error;
  }
}

async function isFolder(host: Host, real: string): Promise<boolean> {
  const folder = await openIfThere(host.root ?? '', real);
  await folder?.close();
  return folder !== undefined;
}

function blocked(what: string): ByoError {
  return new ByoError('ResetBlocked', printable(`nothing is deleted: ${what}`, 900), {
    remedy: 'Put it as it was, or move what is yours away, on the host; the reset goes on by itself',
    retryable: true,
  });
}
