// Nothing may be done: not found, paused, or on its way to another management cluster. Never a reset.
import type { MachineView } from '../api/activities.ts';
import { RESYNC_LONGEST } from './options.ts';
import { setMoveBlocked, sleepUntilNews } from './road.ts';
import type { MachineRoad } from './machine-road.ts';

/**
 * Waits. Answers true when the run may end: the machine was not found and no host is claimed for it, twice and a whole
 * resync apart. Should it appear after all, the controller starts a run again.
 */
export async function hold(road: MachineRoad, view: MachineView): Promise<boolean> {
  const missing = view.notFound === true && !view.claim;
  if (missing && road.missing) return true;
  if (!view.notFound) await setMoveBlocked(road, false);
  const asked = await sleepUntilNews(road, view.hold, RESYNC_LONGEST);
  road.missing = missing && !asked;
  return false;
}
