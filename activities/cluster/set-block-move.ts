// Activity: holds `clusterctl move` back while an operation runs on the host.
import type { ClusterActivities } from '../../api/activities.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { retryOnConflict } from '../../common/kube/retry-on-conflict.ts';
import type { ClusterDependencies } from './dependencies.ts';
import { setAnnotation } from './report-conditions.ts';
import { findMachine } from './situation.ts';

export function createSetBlockMove({ kube }: ClusterDependencies): ClusterActivities['setBlockMove'] {
  return ({ machine: key, blocked }) =>
    retryOnConflict(async () => {
      const machine = await findMachine(kube, key);
      if (!machine || ANNOTATIONS.blockMove in machine.metadata.annotations === blocked) return;
      await setAnnotation(kube, machine, { [ANNOTATIONS.blockMove]: blocked ? 'true' : null });
    });
}
