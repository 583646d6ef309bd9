// The informers of everything that the reconcilers look at.
import type { Kube } from '../../common/kube/client.ts';
import { startInformer, type Change, type Informer, type InformerOptions } from '../../common/kube/informer.ts';
import type { Stored } from '../../common/kube/object-store.ts';
import {
  BYO_CLUSTERS,
  BYO_HOST_ENROLLMENTS,
  BYO_HOSTS,
  BYO_MACHINES,
  CLUSTERS,
  LEASES,
  MACHINES,
  type Lease,
  type Resource,
} from '../../common/kube/resources.ts';
import type { Logger } from '../../common/log.ts';
import type { Caches } from './caches.ts';
import { ChangeRouter, type Announce } from './route-changes.ts';

export type WatchOptions = {
  namespace?: string | undefined;
  log: Logger;
  announce: Announce;
  onLease: (change: Change<Lease>) => void;
};

/** `synced` resolves when every kind has been listed once. */
export type Watched = { caches: Caches; leases: Informer<Lease>; synced: Promise<void>; stop: () => void };

/**
 * Nodes renew their Leases in a namespace of their own, each every 10 s: of a large cluster they would all pass through here.
 * Leases of hosts lie in the namespaces of the hosts.
 */
const HOST_LEASES = 'metadata.namespace!=kube-node-lease';

/** Starts all informers; objects may be announced before everything is synced. */
export function startWatching(kube: Kube, { namespace, log, announce, onLease }: WatchOptions): Watched {
  const router = new ChangeRouter(() => caches, announce);
  const started: Pick<Informer<unknown>, 'synced' | 'stop'>[] = [];
  const watch = <T extends Stored>(
    resource: Resource<T>,
    onChange: InformerOptions<T>['onChange'],
    fieldSelector?: string,
  ): Informer<T> => {
    const informer = startInformer(kube, resource, { namespace, fieldSelector, log, onChange });
    started.push(informer);
    return informer;
  };
  const caches: Caches = {
    byoClusters: watch(BYO_CLUSTERS, (change) => router.onByoCluster(change)),
    byoMachines: watch(BYO_MACHINES, (change) => router.onByoMachine(change)),
    byoHosts: watch(BYO_HOSTS, (change) => router.onByoHost(change)),
    clusters: watch(CLUSTERS, (change) => router.onCluster(change)),
    machines: watch(MACHINES, (change) => router.onMachine(change)),
  };
  watch(BYO_HOST_ENROLLMENTS, (change) => router.onEnrollment(change));
  const leases = watch(LEASES, onLease, HOST_LEASES);
  return {
    caches,
    leases,
    synced: Promise.all(started.map((informer) => informer.synced)).then(() => undefined),
    stop: () => {
      for (const informer of started) informer.stop();
    },
  };
}
