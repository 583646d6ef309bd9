// The baseline of a claim: taken once, before the first change that the claim makes.
import type { Host } from '../host/host.ts';
import type { BaselineJournal } from '../journal/baselines.ts';
import type { Claim } from '../journal/claims.ts';
import { clearAcceptedZones } from '../zones/accepted-zones.ts';
import { readZoneStates } from '../zones/zones.ts';
import { gatherBaseline } from './gather-baseline.ts';
import { listNames } from './list-names.ts';

/**
 * To be awaited before the first step of every operation that changes the host. A claim that has begun its work without
 * one (an older agent did) never gets one: what it left so far would be taken for the owner's. What the owner has said may
 * go goes first.
 */
export async function ensureBaseline(journal: BaselineJournal, host: Host, claim: Claim): Promise<void> {
  if (journal.readBaseline(claim) ?? journal.hasBegun(claim)) return;
  await clearAcceptedZones(host);
  const baseline = { ...(await gatherBaseline(host)), entry: await listNames(host), zones: await readZoneStates(host) };
  journal.recordBaseline(claim, baseline);
}
