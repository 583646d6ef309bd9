// What the workflow of a machine acts on: when that changes, it is told to look again.
import { decideView } from '../../activities/cluster/observe/decide-view.ts';
import type { MachineView } from '../../api/activities.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import { HOST_CONDITIONS, MACHINE_CONDITIONS, WAIT_REASONS } from '../../api/conditions.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { K8sInstallerConfigTemplate } from '../../api/templates.ts';
import { strangerOf } from '../../common/claim/claim-conflict.ts';
import { isDeleting, machineKeyOf } from '../../common/contract.ts';
import { sealingKeyOf } from '../../common/claim/host-rules.ts';
import { findCondition, isTrue } from '../../common/kube/conditions.ts';
import type { Lapse } from '../temporal/notifier.ts';
import type { ObservedMachine } from './observe.ts';

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
  const { machine } = situation;
  const { hold, deleting, clusterDeleting, lost } = viewOf(situation);
  const { annotations, uid } = machine.metadata;
  const asked = [annotations[ANNOTATIONS.retryBootstrap], annotations[ANNOTATIONS.lookAgain]];
  const { selector, installerRef } = machine.spec;
  const away = isHostAway(situation) && !isSettled(situation);
  return JSON.stringify([uid, asked, selector, installerRef, hold, deleting, deleting && clusterDeleting, lost, away]);
}

/**
 * What keeps the workflow waiting, or what it has: that it ends or becomes another is news, that it begins is what the
 * workflow has done or found out itself. In order: the claim, the gates before claim and join, a host without a key to
 * seal to, a host in quarantine, the template that it is installed by.
 */
export function lapsesOf(situation: ObservedMachine): Lapse[] {
  const { machine, host, installer } = situation;
  const { claim, claimGate, bootstrapGate } = viewOf(situation);
  // The template that a settled machine was made from is no business of its any more; for any other it is news that one comes.
  const template = isSettled(situation) ? null : installer ? versionOf(installer) : 'none';
  if (!host || !claim) return [undefined, claimGate?.message, undefined, undefined, undefined, template];
  return [
    `${claim.hostName}/${claim.generation}`,
    undefined,
    waitsInVain(machine, bootstrapGate) ? undefined : 'no data, or no need of it',
    sealingKeyOf(host) ? undefined : 'keyless',
    quarantineOf(host),
    template,
  ];
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
