// Which change concerns which object.
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import { LABELS } from '../../api/names.ts';
import { doubtfulClaimOf, listDoubled } from '../../common/claim-conflict.ts';
import { incarnationOf, isDeleting, ownerNameOf } from '../../common/contract.ts';
import { idOf } from '../../common/kube/envelopes.ts';
import type { Change } from '../../common/kube/informer.ts';
import type { ObjectKey } from '../../common/kube/resources.ts';
import { competitionIn, isKnown, type Caches } from './caches.ts';
import { decideOffers } from '../machine/decide-offers.ts';
import { standingOf } from '../machine/fingerprint.ts';

/** Where an object is announced to its reconciler, by `namespace/name`. */
export type Announce = Record<'cluster' | 'machine' | 'host' | 'enrollment', (id: string) => void>;

/** One method a kind that is watched; each announces the object itself and those that look at it. */
export class ChangeRouter {
  readonly #caches: () => Caches;
  readonly #announce: Announce;

  /** `caches` is a function, since informers and router need each other. */
  constructor(caches: () => Caches, announce: Announce) {
    this.#caches = caches;
    this.#announce = announce;
  }

  onByoCluster({ key }: Change<unknown>): void {
    this.#announce.cluster(idOf(key));
  }

  onByoMachine({ key, before, after }: Change<ByoMachine>): void {
    this.#announce.machine(idOf(key));
    this.#announceDoubtful(key.namespace);
    // Who waited before others leaves its place to them.
    if (!after || isDeleting(after)) this.#announceWaiting(key, true);
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
    this.#announceWaiting(key, isSameStanding(before, after));
    if (before?.spec.failureDomain === after?.spec.failureDomain) return;
    for (const one of this.#caches().byoClusters.list(key.namespace)) this.#announce.cluster(idOf(one.metadata));
  }

  onEnrollment({ key }: Change<unknown>): void {
    this.#announce.enrollment(idOf(key));
  }

  onCluster({ key: { namespace, name } }: Change<unknown>): void {
    this.#announceClusters(namespace, name);
    this.#announceDoubtful(namespace);
    for (const one of this.#caches().byoMachines.list(namespace)) {
      if (one.metadata.labels[LABELS.clusterName] === name) this.#announce.machine(idOf(one.metadata));
    }
  }

  onMachine({ key: { namespace, name } }: Change<unknown>): void {
    for (const one of this.#caches().byoMachines.list(namespace)) {
      if (ownerNameOf(one, 'Machine') === name) this.#announce.machine(idOf(one.metadata));
    }
    for (const host of this.#caches().byoHosts.list(namespace)) {
      const { claim, cleanupOwed } = host.spec;
      if (claim?.releasing || cleanupOwed || (claim && !isKnown(this.#caches(), claim)))
        this.#announce.host(idOf(host.metadata));
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

  /**
   * Who waits for a host, and would be given one now. What becomes of a host by others concerns everybody who waits; what
   * the host says, as often as it likes, only as many as there are hosts to give.
   */
  #announceWaiting({ namespace }: ObjectKey, onlyOffered: boolean): void {
    const competition = competitionIn(this.#caches(), namespace);
    const offers = decideOffers(competition);
    const served = new Set(competition.hosts.map((host) => host.spec.claim?.incarnation));
    for (const machine of competition.machines) {
      const incarnation = incarnationOf(machine);
      if (onlyOffered ? offers.has(incarnation) : !served.has(incarnation)) {
        this.#announce.machine(idOf(machine.metadata));
      }
    }
  }
}

function isSameStanding(before: ByoHost | undefined, after: ByoHost | undefined): boolean {
  return JSON.stringify(before && standingOf(before)) === JSON.stringify(after && standingOf(after));
}
