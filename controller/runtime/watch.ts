// The informers of everything that the reconcilers look at, and which change concerns which object.
import type { HintsOf } from '../../activities/cluster/observe/find-hosts.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import { LABELS } from '../../api/names.ts';
import { doubtfulClaimOf, listDuplicates } from '../../common/claim/claim-conflict.ts';
import { incarnationOf, ownerNameOf } from '../../common/contract.ts';
import type { Kube } from '../../common/kube/client.ts';
import { idOf } from '../../common/kube/envelopes.ts';
import { startInformer, type Change, type Informer, type InformerOptions } from '../../common/kube/informer.ts';
import type { Stored } from '../../common/kube/object-store.ts';
import {
  BYO_CLUSTERS,
  BYO_HOST_ENROLLMENTS,
  BYO_HOSTS,
  BYO_MACHINES,
  CLUSTERS,
  INSTALLER_TEMPLATES,
  LEASES,
  MACHINES,
  type Lease,
  type ObjectKey,
  type Resource,
} from '../../common/kube/resources.ts';
import type { Logger } from '../../common/log.ts';
import { competitionIn, hintsOf, isKnown, type Caches } from './caches.ts';
import { HostIndex } from './host-index.ts';
import { WaitingLines } from './waiting-lines.ts';

/** Where an object is announced to its reconciler, by `namespace/name`. */
export type Announce = Record<'cluster' | 'machine' | 'host' | 'enrollment', (id: string) => void>;

export type WatchOptions = {
  namespace?: string | undefined;
  log: Logger;
  announce: Announce;
  onLease: (change: Change<Lease>) => void;
};

/** `synced` resolves when every kind has been listed once. */
export type Watched = {
  caches: Caches;
  leases: Informer<Lease>;
  hintsOf: HintsOf;
  synced: Promise<void>;
  stop: () => void;
};

/**
 * Nodes renew their Leases in a namespace of their own, each every 10 s: of a large cluster they would all pass through here.
 * Leases of hosts lie in the namespaces of the hosts.
 */
const HOST_LEASES = 'metadata.namespace!=kube-node-lease';

/** Starts all informers; objects may be announced before everything is synced. */
export function startWatching(kube: Kube, options: WatchOptions): Watched {
  const lines = new WaitingLines({
    competitionIn: (namespace) => competitionIn(caches, namespace),
    announce: options.announce.machine,
  });
  const router = new ChangeRouter(() => caches, options.announce, lines);
  const { watch, started } = createWatch(kube, options);
  const hostIndex = new HostIndex();
  const byoHosts = watch(BYO_HOSTS, (change) => {
    hostIndex.take(change);
    router.onByoHost(change);
  });
  const caches: Caches = {
    byoClusters: watch(BYO_CLUSTERS, (change) => router.onByoCluster(change)),
    byoMachines: watch(BYO_MACHINES, (change) => router.onByoMachine(change)),
    byoHosts,
    hostIndex,
    lines,
    clusters: watch(CLUSTERS, (change) => router.onCluster(change)),
    machines: watch(MACHINES, (change) => router.onMachine(change)),
    installerTemplates: watch(INSTALLER_TEMPLATES, (change) => router.onInstallerTemplate(change)),
  };
  watch(BYO_HOST_ENROLLMENTS, (change) => router.onEnrollment(change));
  const leases = watch(LEASES, options.onLease, HOST_LEASES);
  const ends = { synced: syncedOf(started), stop: () => [lines, ...started].forEach((one) => one.stop()) };
  return { caches, leases, hintsOf: (key) => hintsOf({ byoHosts, hostIndex }, options.namespace, key), ...ends };
}

async function syncedOf(started: readonly Pick<Informer<unknown>, 'synced'>[]): Promise<void> {
  await Promise.all(started.map((informer) => informer.synced));
}

type Watch = <T extends Stored>(
  resource: Resource<T>,
  onChange: InformerOptions<T>['onChange'],
  fieldSelector?: string,
) => Informer<T>;

/** Starts informers, and keeps them together. */
function createWatch(
  kube: Kube,
  { namespace, log }: Pick<WatchOptions, 'namespace' | 'log'>,
): { watch: Watch; started: Pick<Informer<unknown>, 'synced' | 'stop'>[] } {
  const started: Pick<Informer<unknown>, 'synced' | 'stop'>[] = [];
  const watch: Watch = (resource, onChange, fieldSelector) => {
    const informer = startInformer(kube, resource, { namespace, fieldSelector, log, onChange });
    started.push(informer);
    return informer;
  };
  return { watch, started };
}

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
    const duplicates = listDuplicates(hosts);
    for (const host of hosts) if (doubtfulClaimOf(host, duplicates)) this.#announce.host(idOf(host.metadata));
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
