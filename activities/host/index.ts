// The activities on a host, by the names that the workflow calls them.
import type { HostActivities } from '../../api/activities.ts';
import type { HostActivityDeps } from './host-operations.ts';
import { performOrder } from './perform-order.ts';

export type { HostActivityDeps, HostOperations, TasksInHand } from './host-operations.ts';

/** One per verb, over the operations that the agent hands in. */
export function createHostActivities(deps: HostActivityDeps): HostActivities {
  return {
    /** From a bare host to a running containerd and an enabled kubelet. */
    install: (order) => performOrder(deps, 'install', order),
    /** The bootstrap document, executed as cloud-init would. */
    join: (order) => performOrder(deps, 'join', order),
    /** Pods leave this Node, within a bound. */
    drain: (order) => performOrder(deps, 'drain', order),
    /** Back to the host as it came; stops whatever else runs first. */
    reset: (order) => performOrder(deps, 'reset', order),
  };
}
