// Everything that is true of one ByoMachine now: the objects themselves, read afresh, judged by nobody yet.
import type { ByoHost } from '../../../api/byo-host.ts';
import type { ByoMachine } from '../../../api/byo-machine.ts';
import type { Cluster, Machine } from '../../../api/cluster-api.ts';
import { MACHINE_CONDITIONS } from '../../../api/conditions.ts';
import { ANNOTATIONS, type MachineKey } from '../../../api/names.ts';
import { incarnationOf, isDeleting, ownerNameOf } from '../../../common/contract.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { InvalidObjectError, type Unreadable } from '../../../common/kube/errors.ts';
import { isTrue } from '../../../common/kube/conditions.ts';
import { BYO_MACHINES, CLUSTERS, MACHINES } from '../../../common/kube/resources.ts';
import { findAmongAll, findIndexed, type HintsOf, type HostsOf } from './find-hosts.ts';

/** Absent means: not found just now. `machine` is absent too when another incarnation bears its name. */
export type Situation = {
  machine?: ByoMachine | undefined;
  owner?: Machine | undefined;
  cluster?: Cluster | undefined;
  /** Hosts whose claim names this incarnation; more than one only after two claims raced. */
  claimed: ByoHost[];
  /** A host that works for this incarnation without such a claim. */
  stranger?: ByoHost | undefined;
  /** What is there and cannot be read: it may be any of the above, so that nothing is decided. */
  unreadable?: readonly Unreadable[];
};

/** `everyHost`: something is decided by there being no host, so that none is believed to be absent by an index. */
export type Looking = { kube: Kube; hintsOf?: HintsOf | undefined; everyHost?: boolean };

/** Reads ByoMachine, Machine, Cluster and the hosts that concern the machine. */
export async function readSituation(looking: Looking, key: MachineKey): Promise<Situation> {
  const { kube } = looking;
  const spoilt: Unreadable[] = [];
  const machineRead = orSpoilt(findMachine(kube, key), spoilt);
  const hosts = await findHosts(looking, key, machineRead);
  const machine = await machineRead;
  spoilt.push(...hosts.unreadable);
  const found = { ...hosts, unreadable: spoilt };
  if (!machine) return found;
  const owner = await orSpoilt(readOwner(kube, machine), spoilt);
  const cluster = owner
    ? await orSpoilt(kube.find(CLUSTERS, { namespace: key.namespace, name: owner.spec.clusterName }), spoilt)
    : undefined;
  return { ...found, machine, owner, cluster };
}

async function findHosts(
  { kube, hintsOf, everyHost = false }: Looking,
  key: MachineKey,
  machineRead: Promise<ByoMachine | undefined>,
): Promise<HostsOf> {
  const hints = everyHost ? undefined : hintsOf?.(key);
  const [machine, indexed] = await Promise.all([machineRead, hints && findIndexed(kube, key, hints)]);
  const suffices = indexed && (indexed.claimed.length > 0 || !mustHaveHost(machine));
  return suffices ? indexed : findAmongAll(kube, key);
}

/**
 * Its own state tells of a host, or it goes or is gone, and what becomes of it then is decided by its having none. Any other
 * machine without a host is only about to ask for one, and a claim is made by looking at all of them.
 */
function mustHaveHost(machine: ByoMachine | undefined): boolean {
  if (!machine || isDeleting(machine) || machine.spec.providerID !== undefined) return true;
  if (machine.status?.hostRef || ANNOTATIONS.blockMove in machine.metadata.annotations) return true;
  return isTrue(machine.status?.conditions, MACHINE_CONDITIONS.hostClaimed);
}

/** What cannot be read is put down as there, and is not taken for absent. */
async function orSpoilt<T>(read: Promise<T | undefined>, spoilt: Unreadable[]): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof InvalidObjectError)) throw error;
    spoilt.push(error.unreadable);
    return undefined;
  }
}

/** The ByoMachine of this incarnation, or undefined. */
export async function findMachine(kube: Kube, key: MachineKey): Promise<ByoMachine | undefined> {
  const machine = await kube.find(BYO_MACHINES, { namespace: key.namespace, name: key.name });
  return machine && incarnationOf(machine) === key.incarnation ? machine : undefined;
}

/** The Machine that owns it, if core has set the reference and the Machine is there. */
async function readOwner(kube: Kube, machine: ByoMachine): Promise<Machine | undefined> {
  const name = ownerNameOf(machine, 'Machine');
  return name === undefined ? undefined : kube.find(MACHINES, { namespace: machine.metadata.namespace, name });
}
