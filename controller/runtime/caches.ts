// What the reconcilers know of the objects around the one they reconcile.
import type { ByoCluster } from '../../api/byo-cluster.ts';
import type { ByoHost, Claim } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import type { Cluster, Machine } from '../../api/cluster-api.ts';
import type { K8sInstallerConfigTemplate } from '../../api/templates.ts';
import type { HintsOf } from '../../activities/cluster/observe/find-hosts.ts';
import type { Competition } from '../../activities/cluster/claim/decide-claim.ts';
import { incarnationOf } from '../../common/contract.ts';
import { idOf } from '../../common/kube/envelopes.ts';
import type { Informer } from '../../common/kube/informer.ts';
import type { ObjectKey } from '../../common/kube/resources.ts';
import type { HostIndex } from './host-index.ts';
import type { WaitingLines } from './waiting-lines.ts';

/** A read-only view of an informer. */
export type Cache<T> = Pick<Informer<T>, 'get' | 'list' | 'unreadable'>;

/**
 * The object as it was announced, for whoever has nothing to do by it, or writes only if it is the same still; all else is
 * decided on a fresh reading. Undefined when the cache has none, or one that could be read once and is another by now.
 */
export function lastHeard<T>(cache: Cache<T>, key: ObjectKey): T | undefined {
  const isSpoilt = cache.unreadable(key.namespace).some(({ name }) => name === idOf(key));
  return isSpoilt ? undefined : cache.get(key);
}

/** The caches know the ByoMachine of the claim. */
export function isKnown(
  { byoMachines }: Pick<Caches, 'byoMachines'>,
  { namespace, name, incarnation }: Claim,
): boolean {
  const machine = byoMachines.get({ namespace, name });
  return machine !== undefined && incarnationOf(machine) === incarnation;
}

export type Caches = {
  byoClusters: Cache<ByoCluster>;
  byoMachines: Cache<ByoMachine>;
  byoHosts: Cache<ByoHost>;
  clusters: Cache<Cluster>;
  machines: Cache<Machine>;
  installerTemplates: Cache<K8sInstallerConfigTemplate>;
  /** Of `byoHosts`. */
  hostIndex: Pick<HostIndex, 'namesOf'>;
  /** Who waits for a host. */
  lines: Pick<WaitingLines, 'offerOf' | 'asideOf'>;
};

/** Hosts that carry the claim of the incarnation or work for it, as they are known. */
export function hostsConcerning({ byoHosts, hostIndex }: Caches, namespace: string, incarnation: string): ByoHost[] {
  return hostIndex.namesOf(namespace, incarnation).flatMap((name) => byoHosts.get({ namespace, name }) ?? []);
}

/** What competes for the hosts of a namespace, as it is known. */
export function competitionIn(caches: Omit<Caches, 'lines'>, namespace: string | undefined): Competition {
  return {
    hosts: caches.byoHosts.list(namespace),
    machines: caches.byoMachines.list(namespace),
    owners: caches.machines.list(namespace),
    clusters: caches.clusters.list(namespace),
  };
}

/** What a cache that has heard nothing for longer says of hosts is not asked for: bookmarks come each minute. */
const UNHEARD_MS = 180_000;

/** Of another namespace than the one that is watched, before the first list and after a long silence: nothing is known. */
export function hintsOf(
  { byoHosts, hostIndex }: { byoHosts: Informer<ByoHost>; hostIndex: HostIndex },
  watched: string | undefined,
  { namespace, incarnation }: Parameters<HintsOf>[0],
): readonly string[] | undefined {
  if (watched !== undefined && watched !== namespace) return undefined;
  if (performance.now() - byoHosts.lastContact() > UNHEARD_MS) return undefined;
  const unreadable = byoHosts.unreadable(namespace).map(({ name }) => name.slice(namespace.length + 1));
  return [...hostIndex.namesOf(namespace, incarnation), ...unreadable];
}
