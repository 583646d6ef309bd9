import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { VERBS } from '../../api/steps.ts';
import { isSameClaim, type Claim, type ClaimState } from '../journal/claims.ts';
import { decideAuthority, type ClaimOrder } from './start-operation.ts';

const claim = fc.record({ incarnation: fc.constantFrom('a', 'b', 'c'), generation: fc.integer({ min: 1, max: 6 }) });
const order = fc.record({
  incarnation: claim.map((it) => it.incarnation),
  generation: claim.map((it) => it.generation),
  verb: fc.constantFrom(...VERBS),
});

/** Applies what a host does with the decision; `resets` says whether its reset has ended. */
function obey(state: ClaimState, request: ClaimOrder, resets: boolean): ClaimState {
  const { decision } = decideAuthority(state, request);
  if (decision !== 'Open' && decision !== 'Proceed') return state;
  const open: Claim = { incarnation: request.incarnation, generation: request.generation };
  const highest = Math.max(state.highest, request.generation);
  if (request.verb !== 'reset') return { ...state, open, highest };
  if (!resets) return { ...state, open, highest, resetting: true };
  return { resetting: false, highest, closed: [...state.closed, open] };
}

function isOpenClaim(state: ClaimState, request: ClaimOrder): boolean {
  return state.open !== undefined && isSameClaim(state.open, request);
}

const history = fc.array(fc.tuple(order, fc.boolean()), { maxLength: 30 });
const BARE: ClaimState = { resetting: false, highest: 0, closed: [] };

test('over any history of orders, generations only rise and a closed one never opens again', () => {
  fc.assert(
    fc.property(history, (orders) => {
      let state = BARE;
      for (const [request, resets] of orders) {
        const next = obey(state, request, resets);
        expect(next.highest).toBeGreaterThanOrEqual(state.highest);
        for (const closed of next.closed) expect(next.open && isSameClaim(next.open, closed)).not.toBe(true);
        // A claim gives way to another only through a reset.
        expect(next.open ?? state.open).toEqual(state.open ?? next.open);
        state = next;
      }
    }),
  );
});

test('an order that may change the host is for the claim that is open after it, and no other', () => {
  fc.assert(
    fc.property(history, order, (orders, last) => {
      const state = orders.reduce((now, [request, resets]) => obey(now, request, resets), BARE);
      const isFor = {
        Open: !state.open && last.generation > state.highest,
        Proceed: isOpenClaim(state, last) && (!state.resetting || last.verb === 'reset'),
        AlreadyClean: last.verb === 'reset' && state.closed.some((closed) => isSameClaim(closed, last)),
        Conflict: !isOpenClaim(state, last) || state.resetting,
      };
      expect(isFor[decideAuthority(state, last).decision]).toBe(true);
    }),
  );
});

test('the same order says the same twice', () => {
  fc.assert(
    fc.property(history, order, (orders, last) => {
      const state = orders.reduce((now, [request, resets]) => obey(now, request, resets), BARE);
      const first = decideAuthority(state, last).decision;
      const again = decideAuthority(obey(state, last, false), last).decision;
      expect(again).toBe(first === 'Open' ? 'Proceed' : first);
    }),
  );
});

test('each rule by example', () => {
  const open: ClaimState = { open: { incarnation: 'a', generation: 3 }, resetting: false, highest: 3, closed: [] };
  const a3 = { incarnation: 'a', generation: 3 };
  expect(decideAuthority(BARE, { ...a3, verb: 'install' })).toEqual({ decision: 'Open' });
  expect(decideAuthority(BARE, { ...a3, verb: 'reset' })).toEqual({ decision: 'Open' });
  expect(decideAuthority(open, { ...a3, verb: 'join' })).toEqual({ decision: 'Proceed' });
  expect(decideAuthority({ ...open, resetting: true }, { ...a3, verb: 'join' }).decision).toBe('Conflict');
  expect(decideAuthority({ ...open, resetting: true }, { ...a3, verb: 'reset' }).decision).toBe('Proceed');
  expect(decideAuthority(open, { incarnation: 'b', generation: 4, verb: 'install' }).decision).toBe('Conflict');
  expect(decideAuthority(open, { incarnation: 'a', generation: 4, verb: 'install' }).decision).toBe('Conflict');
  const closed: ClaimState = { resetting: false, highest: 3, closed: [a3] };
  expect(decideAuthority(closed, { ...a3, verb: 'reset' }).decision).toBe('AlreadyClean');
  expect(decideAuthority(closed, { ...a3, verb: 'join' }).decision).toBe('Conflict');
  expect(decideAuthority(closed, { incarnation: 'b', generation: 3, verb: 'reset' }).decision).toBe('Conflict');
  expect(decideAuthority(closed, { incarnation: 'b', generation: 4, verb: 'install' }).decision).toBe('Open');
});
