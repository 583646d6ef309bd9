// Operation `reset`: back to the host as it came.
import type { ResetArguments } from '../../../api/orders.ts';
import type { OperationPlan } from '../../runner/step.ts';
import { createCompareBaseline, type ResetDeps } from './compare-baseline.ts';
import { createEmptyOwnedZones } from './empty-owned-zones.ts';
import { createReleaseEndpoint } from './release-endpoint.ts';
import { createResetKubeadm } from './kubeadm.ts';
import { createNoteFolders } from './note-folders.ts';
import { stopContainers, stopKubelet, stopOperations } from './stop.ts';
import { createUndoChanges } from './undo-changes.ts';

/** The steps in the order of `RESET_STEPS`. */
export function createResetPlan(deps: ResetDeps): OperationPlan<ResetArguments> {
  return {
    keepsInput: 'journal',
    stopsOthers: true,
    closesGeneration: (input) => input.keepClaim !== true,
    steps: [
      stopOperations,
      createReleaseEndpoint(deps),
      stopKubelet,
      createNoteFolders(deps),
      createResetKubeadm(deps),
      stopContainers,
      createUndoChanges(deps),
      createEmptyOwnedZones(deps),
      createCompareBaseline(deps),
    ],
  };
}
