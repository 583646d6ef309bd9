// Real parts for the tests of threats: management plane, Temporal, controller, gateway, and two hosts that are enrolled.
import { startWorld, stopWorld } from './world.ts';

/** BYO_KEEP_SECURITY=1 leaves everything up, to look at it or to run another test on it. */
export default async function setup(): Promise<() => Promise<void>> {
  await startWorld();
  return async () => {
    if (process.env.BYO_KEEP_SECURITY !== '1') await stopWorld();
  };
}
