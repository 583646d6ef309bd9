// The informers of everything that the reconcilers look at.
import type { HintsOf } from '../../activities/cluster/observe/find-hosts.ts';
import type { ByoHost } from '../../api/byo-host.ts';
import type { Kube } from '../../common/kube/client.ts';
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
  type Resource,
} from '../../common/kube/resources.ts';
import type { Logger } from '../../common/log.ts';
import { competitionIn, type Caches } from './caches.ts';
import { HostIndex } from './host-index.ts';
import { ChangeRouter, type Announce } from './route-changes.ts';
import { WaitingLines } from './waiting-lines.ts';

export type WatchOptions = {
  namespace?: string | undefined;
  log: Logger;
  announce: Announce;
  onLease: (change: Change<Lease>) => void;
};

/** What a cache that has heard nothing for longer says of hosts is not asked for: bookmarks come each minute. */
const UNHEARD_MS = 180_000;

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
  const ends = { synced: syncedOf(started), stop: () => stopAll([lines, ...started]) };
  return { caches, leases, hintsOf: (key) => hintsOf({ byoHosts, hostIndex }, options.namespace, key), ...ends };
}

async function syncedOf(started: readonly Pick<Informer<unknown>, 'synced'>[]): Promise<void> {
  await Promise.all(started.map((informer) => informer.synced));
}

function stopAll(running: readonly { stop: () => void }[]): void {
  for (const one of running) one.stop();
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

/** Of another namespace than the one that is watched, before the first list and after a long silence: nothing is known. */
function hintsOf(
  { byoHosts, hostIndex }: { byoHosts: Informer<ByoHost>; hostIndex: HostIndex },
  watched: string | undefined,
  { namespace, incarnation }: Parameters<HintsOf>[0],
): readonly string[] | undefined {
  if (watched !== undefined && watched !== namespace) return undefined;
  if (performance.now() - byoHosts.lastContact() > UNHEARD_MS) return undefined;
  const unreadable = byoHosts.unreadable(namespace).map(({ name }) => name.slice(namespace.length + 1));
  return [...hostIndex.namesOf(namespace, incarnation), ...unreadable];
}
