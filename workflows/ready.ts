// A machine at rest: nothing to do but to notice that something changed.
import type { MachineView } from '../api/activities.ts';
import { bootstrapped, claimed, prepared } from './milestones.ts';
import { RESYNC_AT_REST } from './options.ts';
import { enterPhase, report, setMoveBlocked, waitForNews } from './road.ts';
import type { MachineRoad } from './machine-road.ts';

/** Waits for news; the next look decides. First says again what is true: `clusterctl move` drops every status. */
export async function stayReady(road: MachineRoad, { claim }: MachineView): Promise<void> {
  enterPhase(road, 'Ready');
  if (claim) await report(road, claimed(claim), prepared(claim), bootstrapped(claim));
  await setMoveBlocked(road, false);
  await waitForNews(road, undefined, RESYNC_AT_REST);
}
