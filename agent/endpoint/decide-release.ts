// What a host that leaves a cluster must let go of, so that it does not answer for those that stay. Pure.
import { isIP } from 'node:net';
import type { Baseline } from '../baseline/baseline.ts';
import { canonicalAddress, isLoopback, type HeldAddress } from './addresses.ts';

/** A unit that may hold an address: whether it runs, whether it comes back with a boot, and what it is configured by. */
export type HolderUnit = { unit: string; active: boolean; enabled: boolean; config: string };

/** The manifest of a static pod, and the name of its pod where that can be read. */
export type HolderManifest = { path: string; text: string; pod?: string };

/**
 * `addresses`: what the names and addresses of the endpoint stand for, in canonical form; `containers`: those that run of
 * programs that are known to hold addresses.
 */
export type EndpointSituation = {
  addresses: readonly string[];
  held: readonly HeldAddress[];
  before: Baseline | undefined;
  units: readonly HolderUnit[];
  manifests: readonly HolderManifest[];
  containers: readonly string[];
};

/**
 * In the order in which it is done: units, then pods, then the addresses that are still there. `owners`: units that were
 * the machine's own before the claim and hold the address all the same; a person decides about those.
 */
export type Release = {
  stop: string[];
  disable: string[];
  /** Containers of pods run, or would be started: these manifests' and known ones. */
  stopPods: boolean;
  manifests: HolderManifest[];
  addresses: HeldAddress[];
  owners: string[];
};

const NOTHING: Release = { stop: [], disable: [], stopPods: false, manifests: [], addresses: [], owners: [] };

export function decideRelease(situation: EndpointSituation): Release {
  const { units, before } = situation;
  const foreign = situation.addresses.filter((address) => !isLoopback(address) && !isHostsOwn(address, situation));
  const addresses = situation.held.filter(({ address }) => foreign.includes(address));
  if (foreign.length === 0) return NOTHING;
  const manifests = situation.manifests.filter((manifest) => isHolder(manifest, foreign));
  // Where no pod explains it, a unit that holds addresses holds this one, wherever its configuration may be.
  const stopPods = manifests.length > 0 || situation.containers.length > 0;
  const isUnexplained = addresses.length > 0 && !stopPods;
  const concerned = units.filter(
    ({ active, config }) => (active && isUnexplained) || foreign.some((address) => isNamedIn(address, config)),
  );
  const ours = concerned.filter(({ unit }) => !wasRunning(unit, before));
  return {
    stop: ours.filter(({ active }) => active).map(({ unit }) => unit),
    disable: ours.filter(({ unit, enabled }) => enabled && !wasEnabled(unit, before)).map(({ unit }) => unit),
    stopPods,
    manifests,
    addresses,
    owners: addresses.length === 0 ? [] : concerned.filter((one) => !ours.includes(one)).map(({ unit }) => unit),
  };
}

/**
 * The address was this machine's before the claim: then it is the endpoint of a cluster of one control plane, and to take
 * it away would cut the machine off. A lease is the machine's in any case. A claim that an older agent opened knows less:
 * then what its link had first, before anything was added to it, passes for its own.
 */
function isHostsOwn(address: string, { held, before }: EndpointSituation): boolean {
  const places = held.filter((one) => one.address === address);
  if (places.some(({ leased }) => leased)) return true;
  if ([...(before?.address ?? []), ...(before?.leased ?? [])].some((line) => addressOf(line) === address)) return true;
  if (before?.address && before.leased) return false;
  return places.some((place) => held.find((one) => isSameKind(one, place)) === place);
}

function isSameKind(one: HeldAddress, place: HeldAddress): boolean {
  return one.link === place.link && isIP(one.address) === isIP(place.address) && !isLoopback(one.address);
}

/** Of `eth0 192.0.2.11/24`. */
function addressOf(line: string): string | undefined {
  return canonicalAddress(line.slice(line.lastIndexOf(' ') + 1).replace(/\/\d+$/, ''));
}

/** Without a baseline that knows, what is enabled and speaks of the cluster's endpoint came with the cluster. */
function wasRunning(unit: string, before: Baseline | undefined): boolean {
  return before?.holder ? before.holder.includes(unit) : wasEnabled(unit, before);
}

function wasEnabled(unit: string, before: Baseline | undefined): boolean {
  return before?.unit?.includes(`enabled ${unit}`) ?? false;
}

/** Programs whose whole purpose it is to hold an address. */
export const HOLDERS = /kube-vip|keepalived/;
/** kubeadm's own: they speak of addresses, and hold none. */
const KUBEADMS = /\/(etcd|kube-(apiserver|controller-manager|scheduler))\.yaml$/;

function isHolder({ path, text }: HolderManifest, foreign: readonly string[]): boolean {
  if (KUBEADMS.test(path)) return false;
  return HOLDERS.test(text) || foreign.some((address) => isNamedIn(address, text));
}

/** As a whole: 10.0.0.1 is not in 10.0.0.10. */
function isNamedIn(address: string, text: string): boolean {
  if (isIP(address) === 4) return new RegExp(`(?<![0-9.])${address.replaceAll('.', '\\.')}(?![0-9])`).test(text);
  return text.split(/[^0-9A-Fa-f.:]+/).some((word) => canonicalAddress(word) === address);
}
