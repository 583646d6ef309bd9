// Operation `reset`: back to the host as it came.
import type { ResetArguments } from '../../api/orders.ts';
import type { OperationPlan } from '../runner/step.ts';
import { createCompareBaseline, type ResetDeps } from './reset-compare-baseline.ts';
import { createEmptyOwnedZones } from './reset-empty-owned-zones.ts';
import { createReleaseEndpoint } from './reset-release-endpoint.ts';
import { createResetKubeadm } from './reset-kubeadm.ts';
import { createNoteFolders } from './reset-note-folders.ts';
import { stopContainers, stopKubelet, stopOperations } from './reset-stop.ts';
import { createUndoChanges } from './reset-undo-changes.ts';

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
