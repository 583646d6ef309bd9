// What the workflow is told about a host that owes a clean-up: whether it still does, and what keeps it from being done.
import type { CleanupView, HostCleanup } from '../../../api/activities.ts';
import type { ByoHost } from '../../../api/byo-host.ts';
import { FAILURE_REASONS, HOST_CONDITIONS, WAIT_REASONS } from '../../../api/conditions.ts';
import { ANNOTATIONS } from '../../../api/names.ts';
import type { Reason } from '../../../api/reasons/reason.ts';
import { isLeavingByMove } from '../../../common/contract.ts';
import { isTrue } from '../../../common/kube/conditions.ts';
import { describeUnreadable, type Unreadable } from '../../../common/kube/errors.ts';
import { howFar } from './decide-view.ts';

/** `ownerGone`: neither the ByoMachine of the claim nor that one's Machine exists any more. */
export type CleanupSituation = {
  host: ByoHost | undefined;
  ownerGone: boolean;
  /** What may be that machine, and cannot be read. */
  unreadable?: readonly Unreadable[];
};

/** Pure. */
export function decideCleanup(seen: CleanupSituation, cleanup: HostCleanup): CleanupView {
  const { host } = seen;
  if (!host || !owes(host, cleanup)) return { settled: true, hostConnected: false };
  const view: CleanupView = { settled: false, hostConnected: isConnected(host), ...gatesOf(seen, host, cleanup) };
  const operation = host.status?.reported?.operation;
  if (operation?.generation === cleanup.claim.generation) view.hostOperation = howFar(operation);
  return view;
}

function gatesOf(
  { ownerGone, unreadable = [] }: CleanupSituation,
  host: ByoHost,
  cleanup: HostCleanup,
): Pick<CleanupView, 'resetGate' | 'freeGate'> {
  const hold = decideHold(host) ?? decideUnreadable(unreadable);
  const resetGate = hold ?? decideLink(host) ?? decideDoubt(host, cleanup);
  const freeGate = hold ?? (ownerGone ? undefined : waitForOwner(cleanup));
  return { ...(resetGate && { resetGate }), ...(freeGate && { freeGate }) };
}

const isConnected = ({ status }: ByoHost): boolean => isTrue(status?.conditions, HOST_CONDITIONS.connected);

/** The host owes this very clean-up: not none, and not that of another claim. */
export function owes({ spec: { cleanupOwed: owed } }: ByoHost, { machine, claim }: HostCleanup): boolean {
  return owed?.incarnation === machine.incarnation && owed.generation === claim.generation;
}

function decideHold(host: ByoHost): Reason | undefined {
  const { name, annotations } = host.metadata;
  if (isLeavingByMove(host)) {
    const message = `${name} is leaving by clusterctl move; its new management cluster goes on`;
    return { reason: WAIT_REASONS.held, message };
  }
  if (ANNOTATIONS.paused in annotations) {
    return { reason: WAIT_REASONS.paused, message: `${name} is paused; nothing is done until that ends` };
  }
  const { claim } = host.spec;
  if (!claim) return undefined;
  const message = `${name} is claimed by ${claim.namespace}/${claim.name}; it is cleaned up when that ends`;
  return { reason: WAIT_REASONS.held, message };
}

function decideUnreadable(unreadable: readonly Unreadable[]): Reason | undefined {
  if (unreadable.length === 0) return undefined;
  return { reason: WAIT_REASONS.held, message: describeUnreadable(unreadable) };
}

function decideLink(host: ByoHost): Reason | undefined {
  if (isConnected(host)) return undefined;
  const message =
    `${host.metadata.name} is not connected; it is reset under its old claim when it is. ` +
    'Check its power, its network and byo-agent.service';
  return { reason: WAIT_REASONS.hostOffline, message };
}

/**
 * A host that knows of no such claim was installed anew, or has lost its memory. What runs there now may be its owner's:
 * a reset would take that for a node's, so a person decides first.
 */
function decideDoubt({ metadata, status }: ByoHost, { machine, claim }: HostCleanup): Reason | undefined {
  const { openClaim, generation = 0, findings = [] } = status?.reported ?? {};
  const known = openClaim?.incarnation === machine.incarnation || generation >= claim.generation;
  const foreign = findings.find(({ code }) => code === 'ForeignSoftware' || code === 'ZoneNotEmpty');
  if (known || !foreign) return undefined;
  const message = `${metadata.name} does not know the claim that it shall clean up, and ${foreign.message}`;
  return { reason: FAILURE_REASONS.hostUnfit, message: `${message}. ${foreign.remedy}; the clean-up then goes on` };
}

/** Core deletes the Node by name after the ByoMachine is gone: a new node of that name must not come before. */
function waitForOwner({ machine }: HostCleanup): Reason {
  const message = `the Machine of ${machine.namespace}/${machine.name} is not gone yet; Cluster API deletes its Node first`;
  return { reason: WAIT_REASONS.waitingForMachineDeletion, message };
}
