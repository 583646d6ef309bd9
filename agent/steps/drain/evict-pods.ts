// EvictPods: what still runs is evicted within the order's bound, or, when core has drained already, only recorded.
import { setTimeout as delay } from 'node:timers/promises';
import type { DrainArguments } from '../../../api/orders.ts';
import type { Step, StepContext } from '../../runner/step.ts';
import { evictPod, isJoined, listEvictablePods, readNodeName, type PodOnNode } from './node-client.ts';

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
    const conclusion = describeEnd(node ? await evictWithin(context, node, seconds) : { evicted: 0 });
    context.report({ message: conclusion, conclusion });
  },
};

/** `left` is undefined when the API server did not answer in the end. */
type Eviction = { evicted: number; left?: number | undefined };

/** Rounds of evictions until none is left or the time is over. */
async function evictWithin(context: StepContext, node: string, seconds: number): Promise<Eviction> {
  // By the monotonic clock: one that is put back would go on evicting.
  const deadline = performance.now() + seconds * 1000;
  const evicted = new Set<string>();
  for (;;) {
    const left = await listEvictablePods(context, node);
    if (left?.length === 0 || performance.now() >= deadline) return { evicted: evicted.size, left: left?.length };
    await evictAll(context, left ?? [], evicted);
    context.report({ message: `${left?.length ?? 'unknown'} pods still to go` });
    await delay(ROUND_MILLISECONDS, undefined, { signal: context.signal });
  }
}

/** One round; a pod that is on its way out is evicted again, and counted once. */
async function evictAll(context: StepContext, pods: readonly PodOnNode[], evicted: Set<string>): Promise<void> {
  for (const pod of pods) {
    if (await evictPod(context, pod)) evicted.add(`${pod.namespace}/${pod.name}`);
  }
}

function describeEnd({ evicted, left }: Eviction): string {
  if (left === undefined) return 'not drained: the API server of the workload cluster did not answer';
  const rest = left > 0 ? `${left} pods were still running when the drain ended` : '';
  const gone = evicted > 0 ? `${evicted} pods were evicted` : '';
  return [gone, rest].filter((part) => part !== '').join(', ') || 'no pods were left to evict';
}
