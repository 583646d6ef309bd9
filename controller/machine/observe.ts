// Everything that decides about a ByoMachine is decided on, read at one moment.
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import type { Cluster, Machine } from '../../api/cluster-api.ts';
import { incarnationOf, isClaimedBy, ownerNameOf } from '../../common/contract.ts';
import type { Unreadable } from '../../common/kube/errors.ts';
import { competitionIn, hostsConcerning, type Caches } from '../runtime/caches.ts';
import { decideOffers } from './decide-offers.ts';

/** What the reconciler sees of one ByoMachine. */
export type MachineSituation = {
  machine: ByoMachine;
  owner?: Machine | undefined;
  cluster?: Cluster | undefined;
  /** The host whose claim names this incarnation. */
  host?: ByoHost | undefined;
  /** All hosts of the namespace. */
  hosts: ByoHost[];
  /** Without a host: the name of the one that it would be given if it asked now. */
  offer?: string | undefined;
  /** Hosts of the namespace that cannot be read: one of them may be the machine's. */
  unreadable?: readonly Unreadable[];
};

/** What is known around a ByoMachine that was read just now. */
export function situationOf(machine: ByoMachine, caches: Caches): MachineSituation {
  const { namespace, name } = machine.metadata;
  const incarnation = incarnationOf(machine);
  const ownerName = ownerNameOf(machine, 'Machine');
  const owner = ownerName === undefined ? undefined : caches.machines.get({ namespace, name: ownerName });
  const cluster = owner && caches.clusters.get({ namespace, name: owner.spec.clusterName });
  const hosts = caches.byoHosts.list(namespace).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const host = hostsConcerning(caches, namespace, incarnation).find((one) =>
    isClaimedBy(one, { namespace, name, incarnation }),
  );
  const offer = host ? undefined : decideOffers(competitionIn(caches, namespace)).get(incarnation)?.metadata.name;
  return { machine, owner, cluster, host, hosts, offer, unreadable: caches.byoHosts.unreadable(namespace) };
}
