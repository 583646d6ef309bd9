// The deeds beside the controller, each in its own file, as one set for the control worker.
import type { ClusterActivities } from '../../api/activities.ts';
import { createClaimHost } from './claim/claim-host.ts';
import { createDeleteNode } from './delete-node.ts';
import type { ClusterDependencies } from './dependencies.ts';
import { createObserveCleanup } from './observe/observe-cleanup.ts';
import { createObserveMachine } from './observe/observe-machine.ts';
import { createReleaseHost } from './release-host.ts';
import { createReportConditions } from './report-conditions.ts';
import { makeRightful } from './right/rightful.ts';
import { createSealOrder } from './order/seal-order.ts';
import { createSetBlockMove } from './set-block-move.ts';
import { createSetProviderID } from './set-provider-id.ts';
import { createReportCleanup, createSettleCleanup } from './settle-cleanup.ts';

export type { ClusterDependencies } from './dependencies.ts';

/** All cluster activities over one API server, each behind its right; errors leave them as Temporal failures with reason and remedy. */
export function createClusterActivities(deps: ClusterDependencies): ClusterActivities {
  return makeRightful(deps, {
    observeMachine: createObserveMachine(deps),
    claimHost: createClaimHost(deps),
    sealOrder: createSealOrder(deps),
    reportConditions: createReportConditions(deps),
    setProviderID: createSetProviderID(deps),
    setBlockMove: createSetBlockMove(deps),
    deleteNode: createDeleteNode(deps),
    releaseHost: createReleaseHost(deps),
    observeCleanup: createObserveCleanup(deps),
    reportCleanup: createReportCleanup(deps),
    settleCleanup: createSettleCleanup(deps),
  });
}
