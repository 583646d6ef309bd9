// Who waits for a host, and who gets which: control planes before workers, oldest machine first, and host by host why not.
// Pure, for the claim and for whoever is told that there is a host.
import type { ByoHost } from '../../../api/byo-host.ts';
import type { ByoMachine } from '../../../api/byo-machine.ts';
import type { Cluster, Machine } from '../../../api/cluster-api.ts';
import { HOST_CONDITIONS } from '../../../api/conditions.ts';
import type { LabelSelector } from '../../../api/meta.ts';
import { describeBound, findingsOf, quarantineOf, sealingKeyOf } from '../../../common/claim/host-rules.ts';
import {
  incarnationOf,
  isControlPlane,
  isDeleting,
  isInfrastructureProvisioned,
  isPaused,
  ownerNameOf,
} from '../../../common/contract.ts';
import { findCondition } from '../../../common/kube/conditions.ts';
import { isSelected } from '../../../common/label-selector.ts';

/** What one waiting machine asks for. `createdAt` is RFC 3339 and orders as text. */
export type Wish = {
  namespace: string;
  name: string;
  createdAt: string;
  controlPlane: boolean;
  selector?: LabelSelector | undefined;
  failureDomain?: string | undefined;
  /** Name of its Cluster, whose own data may be on a host. */
  cluster?: string | undefined;
};

/** Everything in a namespace that competes for its hosts, and the hosts. */
export type Competition = {
  hosts: ByoHost[];
  machines: ByoMachine[];
  owners: Machine[];
  clusters: Cluster[];
};

/** Every machine that could claim now, by incarnation: gates open, not deleting, not paused, without a host. */
export function wishesOf({ hosts, machines, owners, clusters }: Competition): Map<string, Wish> {
  const wishes = new Map<string, Wish>();
  const served = new Set(hosts.map((host) => host.spec.claim?.incarnation));
  const [ownerNamed, clusterNamed] = [byName(owners), byName(clusters)];
  for (const machine of machines) {
    const incarnation = incarnationOf(machine);
    const owner = ownerNamed.get(ownerNameOf(machine, 'Machine') ?? '');
    const cluster = owner && clusterNamed.get(owner.spec.clusterName);
    if (!owner || !cluster || served.has(incarnation) || isDeleting(machine) || isPaused(machine, cluster)) continue;
    if (!isInfrastructureProvisioned(cluster)) continue;
    wishes.set(incarnation, wishOf(machine, owner));
  }
  return wishes;
}

function byName<T extends { metadata: { name: string } }>(objects: readonly T[]): Map<string, T> {
  return new Map(objects.map((object) => [object.metadata.name, object]));
}

function wishOf(machine: ByoMachine, owner: Machine): Wish {
  const { namespace, name, creationTimestamp } = machine.metadata;
  return {
    namespace,
    name,
    createdAt: creationTimestamp,
    controlPlane: isControlPlane(owner) || isControlPlane(machine),
    selector: machine.spec.selector,
    failureDomain: owner.spec.failureDomain,
    cluster: owner.spec.clusterName,
  };
}

export type Placement = { host: ByoHost } | { message: string };

/**
 * The host for `wish` when `others` wait for hosts of the same namespace as well. Everybody who reads the same objects
 * decides the same, so that two machines never decide for one host, and a younger one takes only what the older leave.
 */
export function decideClaim(wish: Wish, hosts: readonly ByoHost[], others: readonly Wish[]): Placement {
  return placementOf(wish, hosts, placeAll([...others, wish], hosts));
}

/** What `placed` says of one of those who were placed together. */
export function placementOf(wish: Wish, hosts: readonly ByoHost[], placed: Map<ByoHost, Wish>): Placement {
  for (const [host, served] of placed) if (served === wish) return { host };
  return { message: describe(wish, hosts, placed) };
}

/** In which order they are served. */
export function inOrder(wishes: Iterable<Wish>): Wish[] {
  return [...wishes].toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
}

/** Which host each of them is given, if all claim at once: as `decideClaim` decides for every one of them. */
export function placeAll(wishes: Iterable<Wish>, hosts: readonly ByoHost[]): Map<ByoHost, Wish> {
  const free = hosts.filter((host) => (whyTaken(host) ?? whyUnusable(host)) === undefined).toSorted(byUse);
  const keptFor = new Map<ByoHost, Wish>();
  if (free.length === 0) return keptFor;
  for (const wish of inOrder(wishes)) {
    const taken = free.find((host) => !keptFor.has(host) && whyNot(host, wish) === undefined);
    if (taken) keptFor.set(taken, wish);
  }
  return keptFor;
}

/** Hosts that served least come first, so that wear and leftovers spread; then by name, so that all agree. */
function byUse(a: ByoHost, b: ByoHost): number {
  const used = (a.spec.lastGeneration ?? 0) - (b.spec.lastGeneration ?? 0);
  return used || (a.metadata.name < b.metadata.name ? -1 : 1);
}

function isBefore(a: Wish, b: Wish): boolean {
  if (a.controlPlane !== b.controlPlane) return a.controlPlane;
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
  return a.name < b.name;
}

/** The first rule that keeps the host from the machine; undefined when it fits. */
export function whyNot(host: ByoHost, wish: Wish): string | undefined {
  if (!isSelected(wish.selector, host.metadata.labels)) return NOT_SELECTED;
  if (wish.failureDomain !== undefined && wish.failureDomain !== host.spec.failureDomain) {
    return `stands in failure domain ${host.spec.failureDomain ?? '(none)'}, wanted is ${wish.failureDomain}`;
  }
  return whyTaken(host) ?? whyUnusable(host) ?? describeBound(host, wish.cluster);
}

const NOT_SELECTED = 'is not selected by spec.selector';

function whyTaken(host: ByoHost): string | undefined {
  const { claim, unschedulable } = host.spec;
  if (host.metadata.deletionTimestamp !== undefined) return 'is being deleted';
  if (claim) return `is ${claim.releasing ? 'being given back by' : 'claimed by'} ${claim.namespace}/${claim.name}`;
  return unschedulable ? 'is unschedulable (spec.unschedulable)' : undefined;
}

function whyUnusable(host: ByoHost): string | undefined {
  const quarantine = quarantineOf(host);
  if (quarantine) return `is quarantined: ${quarantine.message}`;
  const findings = findingsOf(host);
  if (findings === undefined) return 'has not been inspected yet: its agent never reported';
  if (findings !== 'fit') return `is unfit: ${findings.message}`;
  const connected = findCondition(host.status?.conditions, HOST_CONDITIONS.connected);
  if (connected?.status !== 'True') return `is not connected: ${connected?.message ?? 'its agent was never seen'}`;
  return sealingKeyOf(host) ? undefined : 'has no sealing key pinned: it must enroll';
}

/** Hosts named one by one; those that the selector leaves out are only counted. */
const NAMED_HOSTS = 20;

function describe(wish: Wish, hosts: readonly ByoHost[], placed: Map<ByoHost, Wish>): string {
  if (hosts.length === 0) return `there is no ByoHost in namespace ${wish.namespace}; enroll one`;
  const lines: string[] = [];
  let unselected = 0;
  for (const host of hosts.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    const older = placed.get(host);
    // A host that would not serve this machine is not what others take away from it.
    const why = whyNot(host, wish) ?? (older && `is kept for ${older.name}, which waits longer or is a control plane`);
    if (why === NOT_SELECTED) unselected += 1;
    else lines.push(`${host.metadata.name} ${why ?? 'fits'}`);
  }
  const more = lines.length - NAMED_HOSTS;
  const parts = [...lines.slice(0, NAMED_HOSTS), ...(more > 0 ? [`and ${more} more`] : [])];
  if (unselected > 0) parts.push(`${unselected} not selected by spec.selector`);
  return `no host fits: ${parts.join('; ')}. Add or free a host, or change the selector`;
}
