// Everything that is true of one ByoMachine now: the objects themselves, read afresh, judged by nobody yet.
import type { ByoHost } from '../../api/byo-host.ts';
import type { ByoMachine } from '../../api/byo-machine.ts';
import type { Cluster, Machine } from '../../api/cluster-api.ts';
import type { MachineKey } from '../../api/names.ts';
import { strangerOf } from '../../common/claim-conflict.ts';
import { incarnationOf, isClaimedBy, ownerNameOf } from '../../common/contract.ts';
import type { Kube } from '../../common/kube/client.ts';
import { BYO_HOSTS, BYO_MACHINES, CLUSTERS, MACHINES } from '../../common/kube/resources.ts';

/** Absent means: not found just now. `machine` is absent too when another incarnation bears its name. */
export type Situation = {
  machine?: ByoMachine | undefined;
  owner?: Machine | undefined;
  cluster?: Cluster | undefined;
  /** Hosts whose claim names this incarnation; more than one only after two claims raced. */
  claimed: ByoHost[];
  /** A host that works for this incarnation without such a claim. */
  stranger?: ByoHost | undefined;
};

/** Reads ByoMachine, Machine, Cluster and the hosts of the namespace. */
export async function readSituation(kube: Kube, key: MachineKey): Promise<Situation> {
  const [machine, hosts] = await Promise.all([findMachine(kube, key), kube.list(BYO_HOSTS, key)]);
  const claimed = hosts.items.filter((host) => isClaimedBy(host, key)).toSorted(byOpenThenName);
  const stranger = strangerOf(hosts.items, key.incarnation);
  if (!machine) return { claimed, stranger };
  const owner = await readOwner(kube, machine);
  const cluster = owner
    ? await kube.find(CLUSTERS, { namespace: key.namespace, name: owner.spec.clusterName })
    : undefined;
  return { machine, owner, cluster, claimed, stranger };
}

/** The ByoMachine of this incarnation, or undefined. */
export async function findMachine(kube: Kube, key: MachineKey): Promise<ByoMachine | undefined> {
  const machine = await kube.find(BYO_MACHINES, { namespace: key.namespace, name: key.name });
  return machine && incarnationOf(machine) === key.incarnation ? machine : undefined;
}

/** The Machine that owns it, if core has set the reference and the Machine is there. */
export async function readOwner(kube: Kube, machine: ByoMachine): Promise<Machine | undefined> {
  const name = ownerNameOf(machine, 'Machine');
  return name === undefined ? undefined : kube.find(MACHINES, { namespace: machine.metadata.namespace, name });
}

/** A host that already works for the claim is the claim; the name decides between two that do not. */
function byOpenThenName(a: ByoHost, b: ByoHost): number {
  return Number(isOpen(b)) - Number(isOpen(a)) || (a.metadata.name < b.metadata.name ? -1 : 1);
}

function isOpen(host: ByoHost): boolean {
  return host.status?.reported?.openClaim?.generation === host.spec.claim?.generation;
}
