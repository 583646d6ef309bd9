// The hosts that concern one machine. By the index the cost is the same in any fleet; whatever the index names is read afresh
// and believed only then, and what it does not name is found by looking at all.
import type { ByoHost, HostHolder } from '../../../api/byo-host.ts';
import type { MachineKey } from '../../../api/names.ts';
import { claimSelectorOf } from '../../../common/claim/claim-label.ts';
import { strangerOf } from '../../../common/claim/claim-conflict.ts';
import { isClaimedBy } from '../../../common/contract.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { InvalidObjectError, type Unreadable } from '../../../common/kube/errors.ts';
import { BYO_HOSTS, HOST_HOLDERS } from '../../../common/kube/resources.ts';

/** What of the hosts concerns a machine. */
export type HostsOf = {
  /** Hosts whose claim names this incarnation; more than one only after two claims raced. */
  claimed: ByoHost[];
  /** A host that works for this incarnation without such a claim. */
  stranger?: ByoHost | undefined;
  /** What is there, cannot be read, and may be any of the above. */
  unreadable: Unreadable[];
};

/**
 * Names of the hosts of a namespace that may concern an incarnation, from what is known without asking; unreadable ones are
 * among them. Undefined: that cannot be said, and all have to be asked.
 */
export type HintsOf = (key: Pick<MachineKey, 'namespace' | 'incarnation'>) => readonly string[] | undefined;

/** Those that the label or `hints` name: one list with a selector, and one read for each host that only `hints` name. */
export async function findIndexed(kube: Kube, key: MachineKey, hints: readonly string[]): Promise<HostsOf> {
  const labelSelector = claimSelectorOf(key.incarnation);
  const labelled = await kube.listReadable(BYO_HOSTS, { namespace: key.namespace, labelSelector });
  const known = new Set(labelled.items.map(({ metadata }) => metadata.name));
  // The label alone makes no host the machine's: one that cannot be read is asked whose it is.
  const others = new Set([...hints, ...labelled.invalid.map(({ name }) => withoutNamespace(name))]);
  const names = [...others].filter((name) => !known.has(name));
  return readThem(kube, key, { hosts: labelled.items, names });
}

/** Looks at every host of the namespace, and reads the whole of those that concern the machine. */
export async function findAmongAll(kube: Kube, key: MachineKey): Promise<HostsOf> {
  const { items, invalid } = await kube.listReadable(HOST_HOLDERS, { namespace: key.namespace });
  const names = items.filter((host) => concerns(host, key)).map(({ metadata }) => metadata.name);
  const found = await readThem(kube, key, { hosts: [], names });
  return { ...found, unreadable: [...invalid, ...found.unreadable] };
}

type ToRead = { hosts: readonly ByoHost[]; names: readonly string[] };

async function readThem(kube: Kube, key: MachineKey, { hosts, names }: ToRead): Promise<HostsOf> {
  const unreadable: Unreadable[] = [];
  const read = await Promise.all(names.map((name) => readOne(kube, key, { name, unreadable })));
  const all = [...hosts, ...read.filter((host) => host !== undefined)];
  return { ...holdersOf(all, key), unreadable };
}

/** Pure: which of these hosts are the machine's, and which works for it without being so. */
export function holdersOf(hosts: readonly ByoHost[], key: MachineKey): Pick<HostsOf, 'claimed' | 'stranger'> {
  const claimed = hosts.filter((host) => isClaimedBy(host, key)).toSorted(byOpenThenName);
  return { claimed, stranger: strangerOf(hosts, key.incarnation) };
}

type Reading = { name: string; unreadable: Unreadable[] };

async function readOne(kube: Kube, key: MachineKey, { name, unreadable }: Reading): Promise<ByoHost | undefined> {
  const place = { namespace: key.namespace, name };
  try {
    return await kube.find(BYO_HOSTS, place);
  } catch (error) {
    if (!(error instanceof InvalidObjectError)) throw error;
    const holder = await unlessInvalid(kube.find(HOST_HOLDERS, place));
    // That it is somebody else's can be read, or it is gone by now.
    if (holder === 'invalid' || (holder && concerns(holder, key))) unreadable.push(error.unreadable);
    return undefined;
  }
}

async function unlessInvalid<T>(read: Promise<T>): Promise<T | 'invalid'> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof InvalidObjectError) return 'invalid';
    throw error;
  }
}

/** It carries a claim of the incarnation, or works for one. */
function concerns({ spec, status }: HostHolder, { incarnation }: MachineKey): boolean {
  return [spec.claim, status?.reported?.openClaim].some((claim) => claim?.incarnation === incarnation);
}

function withoutNamespace(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}

/** A host that already works for the claim is the claim; the name decides between two that do not. */
function byOpenThenName(a: ByoHost, b: ByoHost): number {
  return Number(isOpen(b)) - Number(isOpen(a)) || (a.metadata.name < b.metadata.name ? -1 : 1);
}

function isOpen(host: ByoHost): boolean {
  return host.status?.reported?.openClaim?.generation === host.spec.claim?.generation;
}
