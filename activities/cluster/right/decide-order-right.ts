// The right to an order: what a host is told to do must follow from the objects, and from what the host itself reports.
// Conditions alone open nothing here, since whoever writes in Temporal can have them written.
import type { MachineView, SealInput } from '../../../api/activities.ts';
import type { ByoHost } from '../../../api/byo-host.ts';
import type { OperationProgress } from '../../../api/report/reported-host.ts';
import { attemptOf } from '../../../api/steps.ts';
import { decideCleanup, owes, type CleanupSituation } from '../observe/decide-cleanup.ts';
import { decideView, presentOperation } from '../observe/decide-view.ts';
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

type Ordered = { host: ByoHost; view: MachineView; attempt: number };

/** Pure: why this order may not be sealed for the claim of the machine, or undefined. */
export function decideOrderRight(seen: Situation, input: SealInput): Refused | undefined {
  const host = findClaimed(seen, input.claim);
  if (!host) return notCarried(input.claim);
  const ordered = { host, view: decideView(seen, input.machine), attempt: input.attempt ?? 0 };
  switch (input.verb) {
    case 'install':
      return mayBootstrap(ordered);
    case 'join':
      return mayBootstrap(ordered) ?? mayJoin(ordered);
    case 'drain':
      return whyNotDeleting(ordered.view);
    case 'reset':
      return input.keepClaim ? mayResetForRetry(ordered) : mayReset(ordered);
    default:
      return input.verb satisfies never;
  }
}

/** Pure: the same for what a host owes, which is a reset or nothing, and only while nobody holds it. */
export function decideOwedRight(seen: CleanupSituation, input: SealInput): Refused | undefined {
  const { host } = seen;
  const isReset = input.verb === 'reset' && !input.keepClaim;
  if (!host || !isReset || host.spec.claim || !owes(host, input)) {
    return contradicted(`${input.claim.hostName} does not owe this for claim generation ${input.claim.generation}`);
  }
  const { resetGate } = decideCleanup(seen, input);
  return resetGate && stopped(resetGate.message);
}

/** A host that has joined is told so again at most: its journal answers the attempt that it reports. */
function mayBootstrap({ host, view, attempt }: Ordered): Refused | undefined {
  const unfit = whyNotStaying(view) ?? whyNotTried(view) ?? whyAnothersTurn(host, view);
  if (unfit) return unfit;
  const operation = presentOperation(host);
  if (!hasJoined(operation) || attempt === attemptOf(operation.operation)) return undefined;
  return stopped(`${host.metadata.name} has joined its cluster`);
}

function whyNotTried(view: MachineView): Refused | undefined {
  if (view.bootstrapped) return stopped('the machine is bootstrapped');
  return view.bootstrapFailed ? stopped('its bootstrap has failed, and nobody has asked for another try') : undefined;
}

/** After two claims have raced, one host is worked on and the other is given back. */
function whyAnothersTurn({ metadata }: ByoHost, { claim }: MachineView): Refused | undefined {
  return claim?.hostName === metadata.name
    ? undefined
    : contradicted(`${metadata.name} is not the host of the machine`);
}

/** The document runs once an attempt, after the install of that attempt: another number would run it over what is there. */
function mayJoin({ host, view, attempt }: Ordered): Refused | undefined {
  if (!view.prepared) return stopped(`${host.metadata.name} is not prepared`);
  const operation = presentOperation(host);
  if (attempt === (operation ? attemptOf(operation.operation) : 0)) return undefined;
  return stopped(`${host.metadata.name} does not report attempt ${attempt}`, true);
}

/** Only what the host itself says of a bootstrap that has not come to its end makes a reset of a machine that stays. */
function mayResetForRetry({ host, view }: Ordered): Refused | undefined {
  const unfit = whyNotStaying(view) ?? whyNotTried(view) ?? whyAnothersTurn(host, view);
  if (unfit) return unfit;
  return isBetweenTries(presentOperation(host))
    ? undefined
    : stopped(`${host.metadata.name} reports no failed join`, true);
}

/** Of a re-imaged host nothing is reset: what is on it came with its image. */
function mayReset({ host, view }: Ordered): Refused | undefined {
  const unfit = whyNotDeleting(view);
  if (unfit) return unfit;
  return view.lost && view.claim?.hostName === host.metadata.name
    ? stopped(`${host.metadata.name} was re-imaged: nothing of the claim is left on it`)
    : undefined;
}

function hasJoined(operation: OperationProgress | undefined): operation is OperationProgress {
  return operation !== undefined && /^join(#|$)/.test(operation.operation) && operation.state === 'Succeeded';
}

function isBetweenTries(operation: OperationProgress | undefined): boolean {
  if (!operation) return false;
  if (/^join(#|$)/.test(operation.operation)) return ['Failed', 'Stopped'].includes(operation.state);
  return /^(install\/|reset\/keep-claim)/.test(operation.operation);
}
