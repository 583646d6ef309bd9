// Activity `drain`: pods leave this Node, within a bound.
import type { HostActivities } from '../../api/activities.ts';
import type { HostActivityDeps } from './host-operations.ts';
import { performOrder } from './perform-order.ts';

export function createDrain(deps: HostActivityDeps): HostActivities['drain'] {
  return (order) => performOrder(deps, 'drain', order);
}
