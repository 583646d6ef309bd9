// Which change concerns which object.
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import { LABELS } from '../../api/names.ts';
import { doubtfulClaimOf, listDoubled } from '../../common/claim/claim-conflict.ts';
import { incarnationOf, ownerNameOf } from '../../common/contract.ts';
import { idOf } from '../../common/kube/envelopes.ts';
import type { Change } from '../../common/kube/informer.ts';
import type { ObjectKey } from '../../common/kube/resources.ts';
import { isKnown, type Caches } from './caches.ts';
import type { WaitingLines } from './waiting-lines.ts';

/** Where an object is announced to its reconciler, by `namespace/name`. */
export type Announce = Record<'cluster' | 'machine' | 'host' | 'enrollment', (id: string) => void>;

/** One method a kind that is watched; each announces the object itself and those that look at it. */
export class ChangeRouter {
  readonly #caches: () => Caches;
  readonly #announce: Announce;
  readonly #lines: Pick<WaitingLines, 'touch'>;

  /** `caches` is a function, since informers and router need each other. `lines`: who waits for a host. */
  constructor(caches: () => Caches, announce: Announce, lines: Pick<WaitingLines, 'touch'>) {
    this.#caches = caches;
    this.#announce = announce;
    this.#lines = lines;
  }

  onByoCluster({ key }: Change<unknown>): void {
    this.#announce.cluster(idOf(key));
  }

  onByoMachine({ key, before, after }: Change<ByoMachine>): void {
    this.#announce.machine(idOf(key));
    this.#lines.touch(key.namespace);
    this.#announceDoubtful(key.namespace);
    if (after) return;
    // It is gone: its host may be free now, and its ByoCluster may wait for it.
    for (const host of this.#caches().byoHosts.list(key.namespace)) {
      if (host.spec.claim?.name === key.name) this.#announce.host(idOf(host.metadata));
    }
    this.#announceClusters(key.namespace, before?.metadata.labels[LABELS.clusterName]);
  }

  onByoHost({ key, before, after }: Change<ByoHost>): void {
    this.#announce.host(idOf(key));
    this.#announceHolders(key, [before?.spec.claim?.incarnation, after?.spec.claim?.incarnation]);
    this.#lines.touch(key.namespace);
    if (before?.spec.failureDomain === after?.spec.failureDomain) return;
    for (const one of this.#caches().byoClusters.list(key.namespace)) this.#announce.cluster(idOf(one.metadata));
  }

  onEnrollment({ key }: Change<unknown>): void {
    this.#announce.enrollment(idOf(key));
  }

  onCluster({ key: { namespace, name } }: Change<unknown>): void {
    this.#announceClusters(namespace, name);
    this.#lines.touch(namespace);
    this.#announceDoubtful(namespace);
    for (const one of this.#caches().byoMachines.list(namespace)) {
      if (one.metadata.labels[LABELS.clusterName] === name) this.#announce.machine(idOf(one.metadata));
    }
  }

  onMachine({ key: { namespace, name } }: Change<unknown>): void {
    this.#lines.touch(namespace);
    for (const one of this.#caches().byoMachines.list(namespace)) {
      if (ownerNameOf(one, 'Machine') === name) this.#announce.machine(idOf(one.metadata));
    }
    for (const host of this.#caches().byoHosts.list(namespace)) {
      const { claim, cleanupOwed } = host.spec;
      if (claim?.releasing || cleanupOwed || (claim && !isKnown(this.#caches(), claim)))
        this.#announce.host(idOf(host.metadata));
    }
  }

  /** Whoever is to be installed by it: a person may have mended what they wait for. */
  onInstallerTemplate({ key: { namespace, name } }: Change<unknown>): void {
    for (const { metadata, spec } of this.#caches().byoMachines.list(namespace)) {
      if (spec.installerRef?.name === name) this.#announce.machine(idOf(metadata));
    }
  }

  /** Hosts that contradict the cluster: a machine that comes, or may be worked on again, can clear that up. */
  #announceDoubtful(namespace: string | undefined): void {
    const hosts = this.#caches().byoHosts.list(namespace);
    const doubled = listDoubled(hosts);
    for (const host of hosts) if (doubtfulClaimOf(host, doubled)) this.#announce.host(idOf(host.metadata));
  }

  #announceClusters(namespace: string | undefined, clusterName: string | undefined): void {
    if (clusterName === undefined) return;
    for (const one of this.#caches().byoClusters.list(namespace)) {
      if (ownerNameOf(one, 'Cluster') === clusterName) this.#announce.cluster(idOf(one.metadata));
    }
  }

  /** Whoever holds the host, or held it. */
  #announceHolders({ namespace }: ObjectKey, holders: (string | undefined)[]): void {
    for (const machine of this.#caches().byoMachines.list(namespace)) {
      if (holders.includes(incarnationOf(machine))) this.#announce.machine(idOf(machine.metadata));
    }
  }
}
