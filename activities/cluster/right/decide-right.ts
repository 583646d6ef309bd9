// The right to each activity, derived from the objects and never from what it was given: whoever can write in Temporal can
// ask for any of them, and must gain nothing but delay. An activity without an entry here does not compile.
import type { ClusterActivities, Told } from '../../../api/activities.ts';
import type { ByoHost } from '../../../api/byo-host.ts';
import type { MachineKey } from '../../../api/names.ts';
import { hasClosed, hasNeverHeardOf, worksFor } from '../../../common/claim/claim-evidence.ts';
import type { Inputs } from './activity-input.ts';
import { decideCleanup, owes, type CleanupSituation } from '../observe/decide-cleanup.ts';
import { decideLost } from '../observe/decide-lost.ts';
import { decideOrderRight, decideOwedRight } from './decide-order-right.ts';
import { decideReport } from './decide-report.ts';
import { decideView } from '../observe/decide-view.ts';
import {
  contradicted,
  findClaimed,
  notCarried,
  stopped,
  whyNotDeleting,
  whyNotStaying,
  type Refused,
} from './refused.ts';
import type { Situation } from '../observe/situation.ts';

type OfMachine<Input> = (seen: Situation, input: Input) => Refused | undefined;
type OfHost<Input> = (seen: CleanupSituation, input: Input) => Refused | undefined;

/** `Reads`: changes nothing. Else the objects that decide: of a machine, of a host that owes a clean-up, or of either. */
type Right<Input> =
  | { of: 'Reads' }
  | { of: 'Machine'; decide: OfMachine<Input> }
  | { of: 'Host'; decide: OfHost<Input> }
  | { of: 'Order'; decide: OfMachine<Input>; decideOwed: OfHost<Input> };

/** One entry an activity; each decides why not, or undefined. */
export const RIGHTS = {
  observeMachine: { of: 'Reads' },
  observeCleanup: { of: 'Reads' },
  claimHost: { of: 'Machine', decide: mayClaim },
  sealOrder: { of: 'Order', decide: andReport(decideOrderRight), decideOwed: decideOwedRight },
  reportConditions: { of: 'Machine', decide: decideReport },
  setProviderID: { of: 'Machine', decide: andReport(maySetProviderID) },
  setBlockMove: { of: 'Machine', decide: mayBlockMove },
  deleteNode: { of: 'Machine', decide: andReport(mayDeleteNode) },
  releaseHost: { of: 'Machine', decide: mayRelease },
  // A condition of the clean-up alone, by which nothing is decided.
  reportCleanup: { of: 'Host', decide: () => undefined },
  settleCleanup: { of: 'Host', decide: maySettle },
} as const satisfies { [A in keyof ClusterActivities]: Right<Inputs[A]> };

/** What is told with an effect needs the right to be told as well. */
function andReport<Input extends { machine: MachineKey } & Told>(decide: OfMachine<Input>): OfMachine<Input> {
  return (seen, input) => decide(seen, input) ?? decideReport(seen, input);
}

/** A claim that stands is only answered; a new one is for a machine that waits for it. */
function mayClaim(seen: Situation, { machine }: Inputs['claimHost']): Refused | undefined {
  const view = decideView(seen, machine);
  if (view.claim) return undefined;
  return whyNotStaying(view) ?? (view.claimGate && stopped(view.claimGate.message));
}

/** It can never be changed, so the host must have begun to work for the claim. */
function maySetProviderID(seen: Situation, { machine, claim }: Inputs['setProviderID']): Refused | undefined {
  const host = findClaimed(seen, claim);
  const unfit = whyNotStaying(decideView(seen, machine));
  if (unfit || !host) return unfit ?? notCarried(claim);
  const { incarnation } = machine;
  if (worksFor(host, { incarnation, generation: claim.generation })) return undefined;
  return stopped(`${claim.hostName} does not report that it works for the claim`, true);
}

/** Put only while there is something to run; taken away at any time, since a move waits for nothing else. */
function mayBlockMove(seen: Situation, { machine, blocked }: Inputs['setBlockMove']): Refused | undefined {
  if (!blocked || !seen.machine) return undefined;
  const { hold, claim, deleting, bootstrapped } = decideView(seen, machine);
  if (hold) return stopped(hold.message);
  return claim && (deleting || !bootstrapped) ? undefined : stopped('there is nothing to be done on its host');
}

function mayDeleteNode(seen: Situation, { machine, claim }: Inputs['deleteNode']): Refused | undefined {
  const unfit = whyNotDeleting(decideView(seen, machine));
  return unfit ?? (findClaimed(seen, claim) ? undefined : notCarried(claim));
}

/** Not found: an earlier attempt has finished, or the object was lost; then there is nothing to let go. */
function mayRelease(seen: Situation, { machine }: Inputs['releaseHost']): Refused | undefined {
  if (!seen.machine) return undefined;
  const unfit = whyNotDeleting(decideView(seen, machine));
  return unfit ?? seen.claimed.map((host) => whyNotClean(host, machine)).find((why) => why !== undefined);
}

/** Closed by a reset, never begun, or re-imaged since: the host itself says which. */
function whyNotClean(host: ByoHost, { namespace, name }: MachineKey): Refused | undefined {
  const { claim } = host.spec;
  if (!claim || hasClosed(host, claim) || hasNeverHeardOf(host, claim)) return undefined;
  const lost = decideLost(host);
  if (lost && !lost.waiting) return undefined;
  const quarantine = host.status?.reported?.quarantine;
  const why = quarantine ? `: ${quarantine.message}` : '';
  const { reason } = contradicted('');
  return {
    reason,
    message: `${host.metadata.name} does not report that the claim of ${namespace}/${name} has ended there${why}`,
    late: true,
  };
}

function maySettle(seen: CleanupSituation, cleanup: Inputs['settleCleanup']): Refused | undefined {
  const { host } = seen;
  if (!host || !owes(host, cleanup)) return undefined;
  const { freeGate } = decideCleanup(seen, cleanup);
  if (freeGate) return stopped(freeGate.message);
  if (hasClosed(host, cleanup.claim)) return undefined;
  return stopped(`${host.metadata.name} does not report that the claim has ended there`, true);
}
