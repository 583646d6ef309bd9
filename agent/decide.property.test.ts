// What a host obeys, waits and says of itself, for anything that it may be told or may remember.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideOrderError } from '../activities/host/read-order.ts';
import { FAILURE_REASONS } from '../api/conditions.ts';
import { Order } from '../api/orders.ts';
import { OperationProgress, Quarantine } from '../api/report/reported-host.ts';
import { operationOf, VERBS } from '../api/steps.ts';
import { arbitraryOf } from '../test/support/arbitrary-of.ts';
import { brokenRules } from '../test/support/broken-rules.ts';
import { OPERATION_STATES } from './journal/operations.ts';
import { decideQuarantine } from './report/decide-quarantine.ts';
import { decideBackoff } from '../common/backoff.ts';
import { STEP_BACKOFF } from './runner/keep-trying.ts';
import { decideRecordedEnd } from './runner/start-operation.ts';

const IDS = ['7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11', '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a12'] as const;
const NOW = 1_000_000;
const names = fc.constantFrom(...VERBS.map((verb) => operationOf(verb, 'v1.36.3')), 'reset/keep-claim', 'join#1');
const anyOrder = arbitraryOf(Order, {
  hostID: fc.constantFrom(...IDS),
  operation: names,
  incarnation: fc.constantFrom('a', 'b'),
  generation: fc.integer({ min: 1, max: 2 }),
  expiresAt: fc.integer({ min: NOW - 1000, max: NOW + 1000 }),
});
const anyVerb = fc.constantFrom(...VERBS);

test('an order is obeyed by its own host alone, as what its envelope says, and while it is good', () => {
  fc.assert(
    fc.property(anyOrder, anyOrder, anyVerb, fc.boolean(), (order, other, verb, isKnown) => {
      const envelope = { ...other, sealed: '' };
      const error = decideOrderError(order, { envelope, hostID: IDS[0], verb, now: NOW, isKnown });
      const isSame = (['incarnation', 'generation', 'operation'] as const).every(
        (field) => order[field] === other[field],
      );
      const isGood = isKnown || verb === 'reset' || (order.expiresAt ?? NOW) >= NOW - 300;
      expect(error?.retryable).not.toBe(true);
      expect(
        brokenRules({
          'for this host': error !== undefined || order.hostID === IDS[0],
          'of this verb': error !== undefined || [order.verb, other.verb].every((one) => one === verb),
          'named as its verb': error !== undefined || order.operation.startsWith(verb),
          'what its envelope says': error !== undefined || isSame,
          'still good': error !== undefined || isGood,
        }),
      ).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test('an order that is right is obeyed', () => {
  fc.assert(
    fc.property(anyOrder, (order) => {
      fc.pre(order.operation.startsWith(order.verb));
      const context = {
        envelope: { ...order, sealed: '' },
        hostID: order.hostID,
        verb: order.verb,
        now: NOW,
        isKnown: true,
      };
      expect(decideOrderError(order, context)).toBeUndefined();
    }),
  );
});

test('a wait is at least a second and at most half a minute, after any number of failures', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.double({ min: 0, max: 0.999_999, noNaN: true }),
      (failures, random) => {
        const wait = decideBackoff(STEP_BACKOFF, failures, random);
        expect(wait).toBeGreaterThanOrEqual(1000);
        expect(wait).toBeLessThanOrEqual(30_000);
      },
    ),
  );
});

const anyRecord = fc.record({
  key: fc.record({
    incarnation: fc.constantFrom('a', 'b'),
    generation: fc.integer({ min: 1, max: 2 }),
    operation: names,
  }),
  state: fc.constantFrom(...OPERATION_STATES),
  message: fc.string(),
  error: fc.record({
    reason: fc.constantFrom(...Object.values(FAILURE_REASONS)),
    message: fc.string(),
    remedy: fc.string(),
  }),
});

test('what has ended stays ended, and says the same to everybody who asks', () => {
  fc.assert(
    fc.property(anyRecord, (record) => {
      const end = decideRecordedEnd(record);
      expect(end === undefined).toBe(record.state === 'Running');
      expect(end !== undefined && 'error' in end && end.error.retryable).toBe(false);
      expect(end !== undefined && 'result' in end).toBe(record.state === 'Succeeded');
    }),
  );
});

test('quarantine is said of the open claim alone, in words that the API takes', () => {
  const open = fc.option(
    anyRecord.map(({ key }) => key),
    { nil: undefined },
  );
  const latest = fc.option(arbitraryOf(OperationProgress, { operation: names }), { nil: undefined });
  fc.assert(
    fc.property(open, fc.array(anyRecord, { maxLength: 4 }), latest, (claim, ended, last) => {
      const said = decideQuarantine({ ended, ...(claim && { open: claim }), ...(last && { latest: last }) });
      expect(
        brokenRules({
          'of an open claim': said === undefined || claim !== undefined,
          'in words that the API takes': said === undefined || Quarantine.safeParse(said).success,
          'of a reset alone': said === undefined || ['NotClean', 'ResetBlocked'].includes(said.reason),
        }),
      ).toEqual([]);
    }),
  );
});
