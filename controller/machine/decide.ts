// What a ByoMachine needs next: metadata first, then its status, then a word to its workflow, when what that acts on has
// changed.
import { decideView } from '../../activities/cluster/observe/decide-view.ts';
import type { MachineView } from '../../api/activities.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import { HOST_CONDITIONS, MACHINE_CONDITIONS, WAIT_REASONS } from '../../api/conditions.ts';
import { ANNOTATIONS, FINALIZERS } from '../../api/names.ts';
import type { K8sInstallerConfigTemplate } from '../../api/templates.ts';
import { strangerOf } from '../../common/claim/claim-conflict.ts';
import { sealingKeyOf } from '../../common/claim/host-rules.ts';
import { isDeleting, isLeavingByMove, isPaused, machineKeyOf } from '../../common/contract.ts';
import { findCondition, isTrue } from '../../common/kube/conditions.ts';
import type { StatusWish } from '../runtime/apply-status.ts';
import type { Lapse, Notification, Signaling } from '../temporal/notifier.ts';
import type { ObservedMachine } from './observe.ts';
import { machineStatus, pausedStatus } from './status.ts';

export type MachineDecision =
  | { kind: 'Nothing' }
  | { kind: 'Adopt'; finalizers: string[]; incarnation: string }
  | { kind: 'ForceRelease' }
  | { kind: 'Report'; status: StatusWish; signal: Signaling };

const NOTHING: MachineDecision = { kind: 'Nothing' };

/** Pure, in the contract's order: owner, Cluster, finalizer, pause, work. */
export function decideMachine(situation: ObservedMachine): MachineDecision {
  const { machine, owner, cluster } = situation;
  if (isLeavingByMove(machine)) return NOTHING;
  if (isDeleting(machine)) return decideDeletion(situation);
  // Not found is never taken for deleted: without its owner or its Cluster a machine is left as it is.
  if (!owner || !cluster) return NOTHING;
  const { finalizers, annotations, uid } = machine.metadata;
  if (!finalizers.includes(FINALIZERS.machine) || !(ANNOTATIONS.incarnation in annotations)) {
    const incarnation = annotations[ANNOTATIONS.incarnation] ?? uid;
    const added = finalizers.includes(FINALIZERS.machine) ? finalizers : [...finalizers, FINALIZERS.machine];
    return { kind: 'Adopt', finalizers: added, incarnation };
  }
  return isPaused(machine, cluster)
    ? { kind: 'Report', status: pausedStatus(situation), signal: 'Signal' }
    : { kind: 'Report', status: machineStatus(situation), signal: 'SignalWithStart' };
}

/** Also when owner and Cluster are gone already: the host still has to be given back. */
function decideDeletion(situation: ObservedMachine): MachineDecision {
  const { machine, cluster } = situation;
  if (!machine.metadata.finalizers.includes(FINALIZERS.machine)) return NOTHING;
  if (isPaused(machine, cluster)) return { kind: 'Report', status: pausedStatus(situation), signal: 'Signal' };
  if (ANNOTATIONS.forceRelease in machine.metadata.annotations) return { kind: 'ForceRelease' };
  return { kind: 'Report', status: machineStatus(situation), signal: 'SignalWithStart' };
}

/** What its workflow is notified of. */
export function decideNotification(situation: ObservedMachine, how: Signaling): Notification {
  return {
    fingerprint: fingerprintOf(situation),
    lapses: lapsesOf(situation),
    offer: situation.offer,
    aside: asideOf(situation),
    mayRest: isSettled(situation) || isHostAway(situation),
    again: how === 'SignalWithStart',
  };
}

/** Bootstrapped, undisturbed and not deleting: its workflow has nothing to do. */
export function isSettled({ machine, host }: ObservedMachine): boolean {
  const bootstrapped = isTrue(machine.status?.conditions, MACHINE_CONDITIONS.bootstrapSucceeded);
  return bootstrapped && machine.spec.providerID !== undefined && host !== undefined && !isDeleting(machine);
}

/** Its claimed host is away: nothing can be done until it returns, and that is news. */
export function isHostAway({ host }: ObservedMachine): boolean {
  return host !== undefined && !isTrue(host.status?.conditions, HOST_CONDITIONS.connected);
}

/**
 * What the workflow acts on whichever way it changes, as text to be compared with what it was told last: as far as the
 * machine may be worked on, what a person asks for, and whether its host answers. Its own conditions are left out, so that
 * it does not wake itself; so is the link of a settled machine, so that a flapping one wakes nobody; and so are the steps of
 * a host, and all that hosts say which the machine does not hold.
 */
export function fingerprintOf(situation: ObservedMachine): string {
  const { machine, host } = situation;
  const { hold, deleting, clusterDeleting, lost } = viewOf(situation);
  const { annotations, uid } = machine.metadata;
  const accepted = deleting ? host?.spec.accepted?.map(({ id }) => id) : undefined;
  const asked = [annotations[ANNOTATIONS.retryBootstrap], annotations[ANNOTATIONS.lookAgain], accepted];
  const { selector, installerRef } = machine.spec;
  const away = isHostAway(situation) && !isSettled(situation);
  return JSON.stringify([uid, asked, selector, installerRef, hold, deleting, deleting && clusterDeleting, lost, away]);
}

/**
 * What keeps the workflow waiting, or what it has: that it ends or becomes another is news, that it begins is what the
 * workflow has done or found out itself. In order: the claim, the gates before claim and join, a host without a key to
 * seal to, a host in quarantine, the Secret that it waits for in vain, the template that it is installed by.
 */
export function lapsesOf(situation: ObservedMachine): Lapse[] {
  const { machine, owner, host } = situation;
  const { claim, claimGate, bootstrapGate } = viewOf(situation);
  const inVain = waitsInVain(machine, bootstrapGate);
  const template = templateOf(situation);
  if (!host || !claim) return [undefined, claimGate?.message, undefined, undefined, undefined, null, template];
  return [
    `${claim.hostName}/${claim.generation}`,
    undefined,
    inVain ? undefined : 'no data, or no need of it',
    sealingKeyOf(host) ? undefined : 'keyless',
    quarantineOf(host),
    // A Secret that is not found may be exchanged for another by whoever named it.
    inVain ? (owner?.spec.bootstrap.dataSecretName ?? '') : null,
    template,
  ];
}

/** The one that a settled machine was made from is no business of its any more; for any other it is news that one comes. */
function templateOf(situation: ObservedMachine): Lapse {
  if (isSettled(situation)) return null;
  return situation.installer ? versionOf(situation.installer) : 'none';
}

/** The workflow says that it waits for bootstrap data, and they are there: whenever they came, before its word or after it. */
function waitsInVain({ status }: ObservedMachine['machine'], gate: MachineView['bootstrapGate']): boolean {
  const said = findCondition(status?.conditions, MACHINE_CONDITIONS.bootstrapSucceeded);
  return gate === undefined && said?.reason === WAIT_REASONS.waitingForBootstrapData;
}

function quarantineOf({ status }: ByoHost): string | undefined {
  const quarantined = findCondition(status?.conditions, HOST_CONDITIONS.quarantined);
  return quarantined?.status === 'True' ? quarantined.reason : undefined;
}

/** As the workflow will see it. */
function viewOf({ machine, owner, cluster, host, hosts, unreadable = [] }: ObservedMachine): MachineView {
  const key = machineKeyOf(machine, '');
  const stranger = strangerOf(hosts, key.incarnation);
  return decideView({ machine, owner, cluster, claimed: host ? [host] : [], stranger, unreadable }, key);
}

/** Labels and the like change no installation. */
function versionOf({ metadata: { uid, generation } }: K8sInstallerConfigTemplate): string {
  return `${uid}/${generation}`;
}

/** What a machine without a host is told beside that, and beside its offer: what others than hosts have said of the hosts. */
export function asideOf({ host, aside = '' }: ObservedMachine): string {
  return host ? '' : aside;
}
