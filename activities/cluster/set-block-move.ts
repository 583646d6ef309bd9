// Activity: holds `clusterctl move` back while an operation runs on the host.
import { ANNOTATIONS } from '../../api/names.ts';
import type { Deed } from './right/deed.ts';
import type { ClusterDependencies } from './dependencies.ts';
import { setAnnotation } from './report-conditions.ts';

export function createSetBlockMove({ kube }: ClusterDependencies): Deed<'setBlockMove'> {
  return async ({ machine }, { blocked }) => {
    if (!machine || ANNOTATIONS.blockMove in machine.metadata.annotations === blocked) return;
    await setAnnotation(kube, machine, { [ANNOTATIONS.blockMove]: blocked ? 'true' : null });
  };
}
