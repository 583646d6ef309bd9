// A machine at rest: nothing to do but to notice that something changed.
import { enterPhase, setMoveBlocked, waitForNews, type Road } from './road.ts';
import { RESYNC_AT_REST } from './options.ts';

/** Waits for news; the next look decides. */
export async function stayReady(road: Road): Promise<void> {
  enterPhase(road, 'Ready');
  await setMoveBlocked(road, false);
  await waitForNews(road, undefined, RESYNC_AT_REST);
}
