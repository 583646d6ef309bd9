// Looks for the endpoint of the cluster on this machine: the address itself, and what would put it back.
import type { Endpoint } from '../../api/orders.ts';
import { ByoError } from '../../common/errors.ts';
import type { Baseline } from '../baseline/baseline.ts';
import type { Host } from '../host/host.ts';
import { readSmallFile } from '../host/read-small-file.ts';
import { readLinks } from '../linux/network.ts';
import { showUnit } from '../linux/units.ts';
import { canonicalAddress, heldAddresses, type HeldAddress } from './addresses.ts';
import type { EndpointSituation, HolderUnit } from './decide-release.ts';
import { listHolders, readManifests } from './holder-pods.ts';
import { HOLDER_UNITS } from '../linux/holder-units.ts';
import { readKubeconfigEndpoints } from './read-kubeconfigs.ts';

/** A resolver that does not answer must not hold the host in the cluster. */
const RESOLVE_SECONDS = 10;
/** Of one service's configuration. */
const MAX_FILES = 64;

/**
 * `endpoint`: as the order has it, absent in those of an older controller and for a cluster that is gone. What kubeadm has
 * written on the host itself, and what was noted of that (`names`), counts as well: where the two differ, the cluster has had both, and neither is the host's.
 */
export async function observeEndpoint(
  host: Host,
  wanted: { endpoint?: Endpoint | undefined; before: Baseline | undefined; names: readonly string[] },
): Promise<EndpointSituation> {
  const names = new Set([...wanted.names, ...(await readKubeconfigEndpoints(host))]);
  if (wanted.endpoint) names.add(wanted.endpoint.host);
  const addresses = new Set<string>();
  for (const name of names) for (const address of await resolve(host, name)) addresses.add(address);
  const { before } = wanted;
  if (addresses.size === 0) return { addresses: [], held: [], before, units: [], manifests: [], containers: [] };
  // At once, since the cluster waits for this: each is a program that has to be started.
  const [held, units, manifests, containers] = await Promise.all([
    readHeld(host),
    readUnits(host),
    readManifests(host),
    listHolders(host, []),
  ]);
  return { addresses: [...addresses], held, before, units, manifests, containers };
}

/** @throws ByoError `HostUnfit` (retryable) without iproute2: what cannot be asked is not taken for absent */
async function readHeld(host: Host): Promise<HeldAddress[]> {
  const links = await readLinks(host);
  if (links) return heldAddresses(links);
  throw new ByoError('HostUnfit', 'which addresses this host holds cannot be told: it has no ip', {
    remedy: 'Install iproute2 on the host; it is tried again',
    retryable: true,
  });
}

/** A name that nobody can resolve here cannot be what this machine answers for by an address that it carries. */
async function resolve(host: Host, name: string): Promise<string[]> {
  const address = canonicalAddress(name);
  if (address !== undefined) return [address];
  const known = await host.run(['timeout', String(RESOLVE_SECONDS), 'getent', '--', 'ahosts', name]);
  return known.stdout.split('\n').flatMap((line) => canonicalAddress(line.split(/\s/)[0] ?? '') ?? []);
}

async function readUnits(host: Host): Promise<HolderUnit[]> {
  const units: HolderUnit[] = [];
  for (const { unit, configuration } of HOLDER_UNITS) {
    const { ActiveState, UnitFileState } = await showUnit(host, unit, ['ActiveState', 'UnitFileState']);
    const [active, enabled] = [ActiveState === 'active', UnitFileState === 'enabled'];
    if (active || enabled) units.push({ unit, active, enabled, config: await readFolder(host, configuration) });
  }
  return units;
}

/** All small files of the folder, one after the other. */
async function readFolder(host: Host, folder: string): Promise<string> {
  const texts: string[] = [];
  for (const name of (await host.list(folder)).slice(0, MAX_FILES))
    texts.push((await readSmallFile(host, `${folder}/${name}`)) ?? '');
  return texts.join('\n');
}
