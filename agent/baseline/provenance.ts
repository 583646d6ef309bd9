// Whose a difference is: of Kubernetes and pod networks, of the cluster in another way, or of the machine's owner. Pure.
import type { Ranges } from '../linux/ranges.ts';
import type { Baseline, Difference, Kind } from './baseline.ts';
import {
  KERNELS_LINK,
  KNOWN_ADDRESS,
  KNOWN_LINK,
  KNOWN_MOUNT,
  KNOWN_PIN,
  KNOWN_POLICY,
  KNOWN_PROGRAM,
  KNOWN_ROUTE,
  KNOWN_RULE,
  KNOWN_SET,
  KNOWN_TABLE,
  KNOWN_TABLES_OF_ROUTES,
  MOVED_LOCAL,
  RULE_OF_ALL,
} from './known-kinds.ts';

/**
 * `Known`: its kind is known, the reset takes it away. `Reach`: it would make the host a part of its old cluster still, and
 * how to take it away is not known. `Owner`: anything else that came meanwhile; nobody is held to it.
 */
export type Provenance = 'Known' | 'Reach' | 'Owner';

/**
 * How far the cluster reaches: its pod and service ranges, what its bootstrap document has enabled and mounted, and folders that
 * its pods have made.
 */
export type Reach = {
  ranges: Ranges;
  units: readonly string[];
  mounts: readonly string[];
  folders: readonly string[];
};

/** The machine before and now; `before` is absent where an older agent opened the claim. */
export type Scene = { before: Baseline | undefined; now: Baseline; reach: Reach };

export function decideProvenance({ kind, what }: Pick<Difference, 'kind' | 'what'>, scene: Scene): Provenance {
  return PROVENANCE[kind](what, scene);
}

const known = (isKnown: boolean): Provenance => (isKnown ? 'Known' : 'Owner');
const reach = (isReach: boolean): Provenance => (isReach ? 'Reach' : 'Owner');

const PROVENANCE: Record<Kind, (what: string, scene: Scene) => Provenance> = {
  link: (what, scene) => (KNOWN_LINK.test(what) ? 'Known' : reach(leadsToCluster(what, scene))),
  address: decideAddress,
  route: (what, scene) => known(what.includes(' rule ') ? isKnownPolicy(what, scene) : isKnownRoute(what, scene)),
  rule: decideRule,
  sysctl: () => 'Known',
  mount: (what, scene) => (KNOWN_MOUNT.test(what) ? 'Known' : reach(isMountOfCluster(what, scene))),
  module: () => 'Owner',
  unit: (what, { reach: { units } }) =>
    reach(units.includes(what.slice(what.indexOf(' ') + 1)) && !what.startsWith('file ')),
  folder: () => 'Known',
  set: (what) => known(KNOWN_SET.test(what)),
  tc: decideProgram,
  pin: (what) => known(KNOWN_PIN.test(what)),
  leased: () => 'Owner',
  holder: () => 'Owner',
  entry: () => 'Owner',
};

/** `eth0 10.244.0.1/24`: the address, whatever network it stands for. */
function hostOf(what: string): string {
  return what.slice(what.indexOf(' ') + 1).replace(/\/\d+$/, '');
}

/**
 * Pod networks and load balancers give a NIC that was there single addresses. One with a network of its own is how the machine
 * is reached, perhaps since yesterday: it is not taken away, wherever it lies.
 */
function decideAddress(what: string, { before, reach: { ranges } }: Scene): Provenance {
  if (KNOWN_ADDRESS.test(what)) return 'Known';
  if (!ranges.isIn(hostOf(what))) return 'Owner';
  const [link = ''] = what.split(' ');
  return /\/(32|128)$/.test(what) || before?.link?.includes(link) !== true ? 'Known' : 'Reach';
}

/** Of the document, or of a pod that mounts for the whole machine (CSI, with propagation) below a folder of its own. */
function isMountOfCluster(what: string, { reach: { mounts, folders } }: Scene): boolean {
  return (
    mounts.includes(what) || folders.some((folder) => what.startsWith(`${folder}/`) || what.startsWith(`${folder} (`))
  );
}

/** A link of an unknown name that carries an address of the pods, or their traffic. */
function leadsToCluster(link: string, { now, reach: { ranges } }: Scene): boolean {
  if (KERNELS_LINK.test(link)) return false;
  const addresses = (now.address ?? []).filter((what) => what.startsWith(`${link} `));
  const routes = (now.route ?? []).filter((what) => linkOfRoute(what) === link);
  return addresses.some((what) => ranges.isIn(hostOf(what))) || routes.some((what) => ranges.isIn(targetOf(what)));
}

/** The link that a route leaves by. */
export function linkOfRoute(what: string): string | undefined {
  return / dev (\S+)/.exec(what)?.[1];
}

/** `10.244.7.0/24` of `-4 10.244.7.0/24 via …`, also behind `blackhole` and the like. */
function targetOf(what: string): string {
  return (
    /^-[46] (?:(?:unicast|local|broadcast|multicast|throw|unreachable|prohibit|blackhole|nat) )?(\S+)/.exec(
      what,
    )?.[1] ?? ''
  );
}

function isKnownRoute(what: string, { before, reach: { ranges } }: Scene): boolean {
  if (KNOWN_ROUTE.test(what) || KNOWN_TABLES_OF_ROUTES.test(what)) return true;
  return isBirdOfPods(what, before) || ranges.isIn(targetOf(what));
}

/** Calico brings a BIRD of its own; a machine whose owner runs one had routes of it before the claim. */
function isBirdOfPods(what: string, before: Baseline | undefined): boolean {
  return / proto bird( |$)/.test(what) && !before?.route?.some((line) => / proto bird( |$)/.test(line));
}

function isKnownPolicy(what: string, { reach: { ranges } }: Scene): boolean {
  if (KNOWN_POLICY.test(what) || MOVED_LOCAL.test(what)) return true;
  return [...what.matchAll(/ (?:from|to) (\S+)/g)].some(([, range = '']) => ranges.isIn(range));
}

/** A rule of nobody's chain that names addresses of the cluster is the pod network's; in a chain of others it is theirs. */
function decideRule(what: string, { before, reach: { ranges } }: Scene): Provenance {
  if (KNOWN_RULE.test(what) || isInKnownTable(what)) return 'Known';
  if (!what.split(/[\s{},"]+/).some((word) => ranges.isIn(word))) return 'Owner';
  const [, family, table] = /^nft (?!table )(\S+) (\S+) /.exec(what) ?? [];
  if (family === undefined) return known(RULE_OF_ALL.test(what));
  return reach(before?.rule?.includes(`nft table ${family} ${table}`) === false);
}

function isInKnownTable(what: string): boolean {
  const [, family, table] = /^nft (?!table )(\S+) (\S+) /.exec(what) ?? [];
  return KNOWN_TABLE.test(family === undefined ? what : `nft table ${family} ${table}`);
}

/** A BPF program of nobody known sees and changes all that goes over the NIC; a shaper of the owner does not. */
function decideProgram(what: string, { now }: Scene): Provenance {
  if (KNOWN_PROGRAM.test(what)) return 'Known';
  if (/ bpf( |$)/.test(what)) return 'Reach';
  const [link, place] = what.split(' ');
  // The place for programs goes when nothing but known ones hangs there.
  if (place !== 'clsact') return 'Owner';
  const hanging = (now.tc ?? []).filter((line) => line.startsWith(`${link} `) && line !== what);
  return known(hanging.every((line) => KNOWN_PROGRAM.test(line)));
}
