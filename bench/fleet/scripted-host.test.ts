import { expect, test } from 'vitest';
import type { Order } from '../../api/orders.ts';
import { DRAIN_STEPS, RESET_STEPS } from '../../api/steps.ts';
import { ScriptedHost } from './scripted-host.ts';

const envelope = { hostID: '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11', incarnation: 'a', generation: 3, issuedAt: 1 };
const drain: Order = {
  ...envelope,
  verb: 'drain',
  operation: 'drain',
  arguments: { evict: false, timeoutSeconds: 1 },
};
const reset: Order = { ...envelope, verb: 'reset', operation: 'reset', arguments: { skipEtcdMemberRemoval: true } };

test('an order is carried out once, step by step, and a reset closes its claim', async () => {
  const host = new ScriptedHost(0);
  const told: (string | undefined)[] = [];
  host.onChange = () => void told.push(host.known.operation?.step);
  const [first, again] = await Promise.all([host.perform(drain), host.perform(drain)]);
  expect(again).toBe(first);
  expect(told).toEqual([...DRAIN_STEPS, undefined]);
  expect(host.known).toMatchObject({ openClaim: { incarnation: 'a', generation: 3 }, generation: 3 });
  await host.perform(reset);
  expect(told).toEqual([...DRAIN_STEPS, undefined, ...RESET_STEPS, undefined]);
  expect(host.known).toEqual({ generation: 3, operation: { operation: 'reset', generation: 3, state: 'Succeeded' } });
});
