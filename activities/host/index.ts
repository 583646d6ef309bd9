// The activities on a host, by the names that the workflow calls them.
import type { HostActivities } from '../../api/activities.ts';
import { createDrain } from './drain.ts';
import type { HostActivityDeps } from './host-operations.ts';
import { createInstall } from './install.ts';
import { createJoin } from './join.ts';
import { createReset } from './reset.ts';

export type { HostActivityDeps, HostOperations, TasksInHand } from './host-operations.ts';

/** One per verb, over the operations that the agent hands in. */
export function createHostActivities(deps: HostActivityDeps): HostActivities {
  return {
    install: createInstall(deps),
    join: createJoin(deps),
    drain: createDrain(deps),
    reset: createReset(deps),
  };
}
