import { expect, test } from 'vitest';
import type { Order, OrderEnvelope } from '../../api/orders.ts';
import { decideOrderError } from './read-order.ts';

const hostID = '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11';
const order: Order = {
  verb: 'drain',
  hostID,
  incarnation: 'a',
  generation: 3,
  operation: 'drain',
  issuedAt: 1000,
  expiresAt: 2000,
  arguments: { evict: true, timeoutSeconds: 1 },
};
const envelope: OrderEnvelope = { verb: 'drain', operation: 'drain', incarnation: 'a', generation: 3 };
const context = { envelope, hostID, verb: 'drain', now: 1500, isKnown: false } as const;

test('an order that is what its envelope says is good', () => {
  expect(decideOrderError(order, context)).toBeUndefined();
});

test.each([
  ['host', { hostID: '00000000-0000-4000-8000-000000000000' }, {}],
  ['verb', {}, { verb: 'reset' as const }],
  ['generation', {}, { envelope: { ...envelope, generation: 4 } }],
  ['incarnation', {}, { envelope: { ...envelope, incarnation: 'b' } }],
  ['verb by its operation', { operation: 'reset' }, { envelope: { ...envelope, operation: 'reset' } }],
  ['operation', {}, { envelope: { ...envelope, operation: 'drain#1' } }],
])('an order for another %s is invalid, for good', (_what, sealed, around) => {
  const error = decideOrderError({ ...order, ...sealed }, { ...context, ...around });
  expect(error).toMatchObject({ reason: 'InvalidOrder', retryable: false });
});

test('an expired order is sealed anew, clocks may differ a little', () => {
  expect(decideOrderError(order, { ...context, now: 2200 })).toBeUndefined();
  expect(decideOrderError(order, { ...context, now: 2301 })).toMatchObject({ reason: 'Reseal' });
  expect(decideOrderError(order, { ...context, now: 2301, isKnown: true })).toBeUndefined();
});

test('a reset does not expire', () => {
  const reset = { ...order, verb: 'reset', operation: 'reset', arguments: { skipEtcdMemberRemoval: true } } as const;
  const around = {
    ...context,
    verb: 'reset',
    envelope: { ...envelope, verb: 'reset', operation: 'reset' },
    now: 9e9,
  } as const;
  expect(decideOrderError(reset, around)).toBeUndefined();
});
