// Whether an order may be obeyed: only for the open claim, or for a higher generation when none is open.
import type { Verb } from '../../api/steps.ts';
import type { Claim, ClaimState } from '../journal/claims.ts';

/** What an order says of itself, in clear. */
export type AdmissionOrder = Claim & { verb: Verb };

/** `AlreadyClean` answers the reset of a generation that a reset has closed. */
export type AdmissionDecision =
  { decision: 'Proceed' } | { decision: 'Open' } | { decision: 'AlreadyClean' } | { decision: 'Conflict'; why: string };

/** Pure. A host in doubt does nothing but report: everything that is not plainly right is a conflict. */
export function decideAdmission(state: ClaimState, order: AdmissionOrder): AdmissionDecision {
  const isClosed = state.closed.some((claim) => isSameClaim(claim, order));
  if (isClosed && order.verb === 'reset') return { decision: 'AlreadyClean' };
  if (isClosed) return conflict('its generation has been closed by a reset');
  if (state.open) return decideWithOpenClaim(state.open, state.resetting, order);
  if (order.generation > state.highest) return { decision: 'Open' };
  return conflict(`generation ${order.generation} is not above ${state.highest}, the highest this host has seen`);
}

function decideWithOpenClaim(open: Claim, resetting: boolean, order: AdmissionOrder): AdmissionDecision {
  if (!isSameClaim(open, order)) {
    return conflict(`the host is claimed by ${open.incarnation} in generation ${open.generation}`);
  }
  if (resetting && order.verb !== 'reset') return conflict('its claim is being reset');
  return { decision: 'Proceed' };
}

export function isSameClaim(left: Claim, right: Claim): boolean {
  return left.incarnation === right.incarnation && left.generation === right.generation;
}

function conflict(why: string): AdmissionDecision {
  return { decision: 'Conflict', why };
}
