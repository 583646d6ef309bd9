// CordonNode: no new pods on this Node. Tried once: a cluster that does not answer must not keep its host for ever.
import type { DrainArguments } from '../../../api/orders.ts';
import type { Step } from '../../runner/step.ts';
import { cordonNode, isCordoned, isJoined, readNodeName } from './node-client.ts';

export const cordonOwnNode: Step<DrainArguments> = {
  name: 'CordonNode',
  look: async (context) => {
    if (!(await isJoined(context))) return true;
    const node = await readNodeName(context);
    return node !== undefined && (await isCordoned(context, node));
  },
  act: async (context) => {
    const node = await readNodeName(context);
    if (!node || !(await cordonNode(context, node))) {
      context.report({ message: 'not cordoned: the API server of the workload cluster did not answer, or refused' });
    }
  },
};
