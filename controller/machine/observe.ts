// Everything that decides about a ByoMachine is decided on, read at one moment.
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import type { Cluster, Machine } from '../../api/cluster-api.ts';
import type { K8sInstallerConfigTemplate } from '../../api/templates.ts';
import { incarnationOf, isClaimedBy, ownerNameOf } from '../../common/contract.ts';
import type { Unreadable } from '../../common/kube/errors.ts';
import { hostsConcerning, type Caches } from '../runtime/caches.ts';

/** What the reconciler sees of one ByoMachine. */
export type ObservedMachine = {
  machine: ByoMachine;
  owner?: Machine | undefined;
  cluster?: Cluster | undefined;
  /** What it is installed by. */
  installer?: K8sInstallerConfigTemplate | undefined;
  /** The host whose claim names this incarnation. */
  host?: ByoHost | undefined;
  /** It, and any that works for this incarnation without such a claim. */
  hosts: ByoHost[];
  /** Without a host: the name of the one that it would be given if it asked now. */
  offer?: string | undefined;
  /** Without a host: what others have said of the hosts that there are, as text to be compared. */
  aside?: string | undefined;
  /** Hosts of the namespace that cannot be read: one of them may be the machine's. */
  unreadable?: readonly Unreadable[];
};

/** What is known around a ByoMachine that was read just now. */
export function situationOf(machine: ByoMachine, caches: Caches): ObservedMachine {
  const { namespace, name } = machine.metadata;
  const incarnation = incarnationOf(machine);
  const ownerName = ownerNameOf(machine, 'Machine');
  const owner = ownerName === undefined ? undefined : caches.machines.get({ namespace, name: ownerName });
  const cluster = owner && caches.clusters.get({ namespace, name: owner.spec.clusterName });
  const hosts = hostsConcerning(caches, namespace, incarnation);
  const host = hosts.find((one) => isClaimedBy(one, { namespace, name, incarnation }));
  const unreadable = caches.byoHosts.unreadable(namespace);
  const known = { machine, owner, cluster, installer: installerOf(machine, caches), host, hosts, unreadable };
  if (host) return known;
  const { lines } = caches;
  return { ...known, offer: lines.offerOf(namespace, incarnation), aside: lines.asideOf(namespace, incarnation) };
}

function installerOf({ metadata, spec }: ByoMachine, caches: Caches): K8sInstallerConfigTemplate | undefined {
  const { namespace } = metadata;
  return spec.installerRef && caches.installerTemplates.get({ namespace, name: spec.installerRef.name });
}
