// Activity: what is true of the machine now.
import type { ClusterActivities } from '../../../api/activities.ts';
import type { ClusterDependencies } from '../dependencies.ts';
import { decideView } from './decide-view.ts';
import { readSituation } from './situation.ts';

export function createObserveMachine(deps: ClusterDependencies): ClusterActivities['observeMachine'] {
  return async ({ machine }) => decideView(await readSituation(deps, machine), machine);
}
