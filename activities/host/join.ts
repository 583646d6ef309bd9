// Activity `join`: the bootstrap document, executed as cloud-init would.
import type { HostActivities } from '../../api/activities.ts';
import type { HostActivityDeps } from './host-operations.ts';
import { performOrder } from './perform-order.ts';

export function createJoin(deps: HostActivityDeps): HostActivities['join'] {
  return (order) => performOrder(deps, 'join', order);
}
