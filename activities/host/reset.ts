// Activity `reset`: back to the host as it came; stops whatever else runs first.
import type { HostActivities } from '../../api/activities.ts';
import type { HostActivityDeps } from './host-operations.ts';
import { performOrder } from './perform-order.ts';

export function createReset(deps: HostActivityDeps): HostActivities['reset'] {
  return (order) => performOrder(deps, 'reset', order);
}
