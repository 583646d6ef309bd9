// Operation `drain`: read from the cluster each time, never answered from the journal.
import type { DrainArguments } from '../../../api/orders.ts';
import type { OperationPlan } from '../../runner/step.ts';
import { cordonOwnNode } from './cordon-node.ts';
import { evictPods } from './evict-pods.ts';
import { createReleaseOrderedEndpoint, type EndpointMemory } from '../reset/release-endpoint.ts';

/** The steps in the order of `DRAIN_STEPS`. */
export function createDrainPlan(deps: EndpointMemory): OperationPlan<DrainArguments> {
  return {
    steps: [createReleaseOrderedEndpoint(deps), cordonOwnNode, evictPods],
    isReadOnly: true,
    keepsInput: 'journal',
  };
}
