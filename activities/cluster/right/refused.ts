// Why an activity is not carried out although it was asked for: the objects do not bear it out.
import type { MachineClaim, MachineView } from '../../../api/activities.ts';
import type { ByoHost } from '../../../api/byo-host.ts';
import type { FailureReason } from '../../../api/conditions.ts';
import type { Reason } from '../../../api/reasons/reason.ts';
import type { Situation } from '../observe/situation.ts';

/** `late`: what the host reports may still be on its way, so that another look in a moment may find the right. */
export type Refused = Reason & { reason: FailureReason; late?: boolean };

/** It has no business now: whoever asked looks anew. */
export function stopped(message: string, late = false): Refused {
  return { reason: 'OperationStopped', message, ...(late && { late }) };
}

/** It is about a claim that is not, or is another's. */
export function contradicted(message: string): Refused {
  return { reason: 'ClaimConflict', message };
}

/** Found, neither paused nor leaving nor contradicted, and being deleted. */
export function whyNotDeleting({ hold, deleting }: MachineView): Refused | undefined {
  if (hold) return stopped(hold.message);
  return deleting ? undefined : stopped('the ByoMachine is not being deleted');
}

/** The same, and to stay. */
export function whyNotStaying({ hold, deleting }: MachineView): Refused | undefined {
  if (hold) return stopped(hold.message);
  return deleting ? stopped('the ByoMachine is being deleted') : undefined;
}

/** The host that carries this very claim for the machine. */
export function findClaimed(
  { claimed }: Situation,
  { hostName, hostID, generation }: MachineClaim,
): ByoHost | undefined {
  return claimed.find(
    ({ metadata, spec }) =>
      metadata.name === hostName && spec.hostID === hostID && spec.claim?.generation === generation,
  );
}

/** Said of a claim that the host does not carry. */
export function notCarried({ hostName, generation }: MachineClaim): Refused {
  return contradicted(`${hostName} does not carry claim generation ${generation} any more`);
}
