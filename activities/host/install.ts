// Activity `install`: from a bare host to a running containerd and an enabled kubelet.
import type { HostActivities } from '../../api/activities.ts';
import type { HostActivityDeps } from './host-operations.ts';
import { performOrder } from './perform-order.ts';

export function createInstall(deps: HostActivityDeps): HostActivities['install'] {
  return (order) => performOrder(deps, 'install', order);
}
