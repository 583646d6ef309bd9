// EvictPods: what still runs is evicted within the order's bound, or, when core has drained already, only recorded.
import { setTimeout as delay } from 'node:timers/promises';
import type { DrainArguments } from '../../api/orders.ts';
import type { Step, StepContext } from '../runner/step.ts';
import { evictPod, isJoined, listEvictablePods, readNodeName } from './node-client.ts';

const ROUND_MILLISECONDS = 5000;

export const evictPods: Step<DrainArguments> = {
  name: 'EvictPods',
  look: async (context) => {
    if (!(await isJoined(context))) return true;
    const node = await readNodeName(context);
    return node !== undefined && (await listEvictablePods(context, node))?.length === 0;
  },
  act: async (context, input) => {
    const node = await readNodeName(context);
    const seconds = input.evict ? input.timeoutSeconds : 0;
    reportRest(context, node ? await evictWithin(context, node, seconds) : undefined);
  },
};

/** Rounds of evictions until none is left or the time is over; answers how many are left, as far as the API tells. */
async function evictWithin(context: StepContext, node: string, seconds: number): Promise<number | undefined> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const left = await listEvictablePods(context, node);
    if (left?.length === 0 || Date.now() >= deadline) return left?.length;
    for (const pod of left ?? []) await evictPod(context, pod);
    context.report({ message: `${left?.length ?? 'unknown'} pods still to go` });
    await delay(ROUND_MILLISECONDS, undefined, { signal: context.signal });
  }
}

function reportRest(context: StepContext, left: number | undefined): void {
  if (left === undefined)
    context.report({ message: 'not drained: the API server of the workload cluster did not answer' });
  else if (left > 0) context.report({ message: `${left} pods were still running when the drain ended` });
}
