// What the workflow of a machine acts on: when that changes, it is told to look again.
import type { ByoHost } from '../../api/byo-host.ts';
import { HOST_CONDITIONS, MACHINE_CONDITIONS } from '../../api/conditions.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { K8sInstallerConfigTemplate } from '../../api/templates.ts';
import { isDeleting } from '../../common/contract.ts';
import { isTrue } from '../../common/kube/conditions.ts';
import type { MachineSituation } from './observe.ts';

/** Bootstrapped, undisturbed and not deleting: its workflow has nothing to do. */
export function isSettled({ machine, host }: MachineSituation): boolean {
  const bootstrapped = isTrue(machine.status?.conditions, MACHINE_CONDITIONS.bootstrapSucceeded);
  return bootstrapped && machine.spec.providerID !== undefined && host !== undefined && !isDeleting(machine);
}

/** Its claimed host is away: nothing can be done until it returns, and that is news. */
export function isHostAway({ host }: MachineSituation): boolean {
  return host !== undefined && !isTrue(host.status?.conditions, HOST_CONDITIONS.connected);
}

/**
 * Everything that the workflow acts on, as text to be compared with what it was told last. Its own conditions are left
 * out, so that it does not wake itself; so is the link of a settled machine, so that a flapping one wakes nobody; and so is
 * all that hosts say which the machine does not hold.
 */
export function fingerprintOf(situation: MachineSituation): string {
  const { machine, owner, cluster, installer, host, unreadable = [] } = situation;
  const { metadata, spec } = machine;
  const asked = [ANNOTATIONS.paused, ANNOTATIONS.retryBootstrap, ANNOTATIONS.deleteForMove];
  return JSON.stringify([
    [metadata.uid, metadata.deletionTimestamp, ...asked.map((name) => metadata.annotations[name])],
    [spec.selector, spec.installerRef, isSettled(situation) ? undefined : installer && versionOf(installer)],
    owner && [owner.metadata.uid, owner.metadata.deletionTimestamp, owner.spec, owner.status?.nodeRef],
    cluster && [cluster.metadata.deletionTimestamp, cluster.spec.paused, cluster.status?.initialization],
    host && claimedView(host, isSettled(situation)),
    unreadable.map(({ what }) => what),
  ]);
}

/** Labels and the like change no installation. */
function versionOf({ metadata: { uid, generation } }: K8sInstallerConfigTemplate): unknown {
  return [uid, generation];
}

/** What a machine without a host is told beside that, and beside its offer: what others than hosts have said of the hosts. */
export function asideOf({ host, aside = '' }: MachineSituation): string {
  return host ? '' : aside;
}

/** The claimed host: its claim, its keys, and how far its operation is (steps, not bytes). */
function claimedView(host: ByoHost, settled: boolean): unknown {
  const { conditions, reported } = host.status ?? {};
  const { operation, openClaim, sealingKey, findings = [] } = reported ?? {};
  const standing = [host.metadata.name, host.spec.claim, isTrue(conditions, HOST_CONDITIONS.quarantined)];
  if (settled) return standing;
  const link = isTrue(conditions, HOST_CONDITIONS.connected);
  const progress = operation && [operation.operation, operation.generation, operation.state, operation.step];
  // A host that was re-imaged is let go once its new agent has told what is on it.
  const anew = host.spec.claim?.lost && [sealingKey, findings.map(({ code }) => code)];
  return [...standing, link, host.spec.keys, openClaim, progress, anew];
}
