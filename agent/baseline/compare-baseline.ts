// The machine now against the machine when the claim began: what a reset takes away, what still binds the host to its
// cluster, and what is its owner's. Pure.
import type { Baseline, Difference, Kind } from './baseline.ts';
import { decideProvenance, linkOfRoute, type Reach } from './provenance.ts';

/**
 * `known`: left by Kubernetes and pod networks, removed by the reset. `reach`: of the cluster, and nobody knows how to take
 * it away; the host is not clean. `owners`: came meanwhile by whoever owns the machine, and is told. `gone`: was there and
 * is not any more. Nothing of a cluster stays by being absent, so that is told as well, and held against nobody.
 */
export type Comparison = { known: Difference[]; reach: Difference[]; owners: Difference[]; gone: Difference[] };

/**
 * Kinds whose additions are judged, what stands on others last. A module that stays loaded is told nobody: any mount or rule
 * of anybody loads some.
 */
const JUDGED: readonly Kind[] = [
  'link',
  'address',
  'tc',
  'route',
  'set',
  'rule',
  'sysctl',
  'mount',
  'pin',
  'unit',
  'folder',
];

/** Without a baseline (an older agent opened the claim) only known kinds are seen: nobody can say whose the rest is. */
export function compareBaseline(before: Baseline | undefined, now: Baseline, reach: Reach): Comparison {
  const added = JUDGED.flatMap((kind) => listAdded(kind, before, now));
  const links = new Set(added.filter(({ kind }) => kind === 'link').map(({ what }) => what));
  // What stands on a new link goes with it, and is one difference with it.
  const own = added.filter((difference) => !links.has(linkOf(difference) ?? ''));
  const judged = own.map((difference) => ({ difference, whose: decideProvenance(difference, { before, now, reach }) }));
  const of = (wanted: string) => judged.filter(({ whose }) => whose === wanted).map(({ difference }) => difference);
  return {
    known: of('Known'),
    reach: before ? of('Reach') : [],
    owners: before ? of('Owner') : [],
    gone: before ? JUDGED.flatMap((kind) => listGone(kind, before, now)) : [],
  };
}

function listAdded(kind: Kind, before: Baseline | undefined, now: Baseline): Difference[] {
  // What was there is unknown then, and neither an empty folder nor a setting says by itself who made it.
  if (!before && (kind === 'folder' || kind === 'sysctl')) return [];
  const old = before ? before[kind] : [];
  if (!old) return [];
  if (kind === 'sysctl') return listChangedSysctls(old, now.sysctl ?? []);
  const known = new Set(old);
  return (now[kind] ?? []).filter((what) => !known.has(what)).map((what) => ({ kind, what }));
}

/** A setting that came with a module or an interface has no earlier value: it is nobody's change. */
function listChangedSysctls(before: readonly string[], now: readonly string[]): Difference[] {
  const old = new Map(before.map(splitSetting));
  return now
    .map((what) => ({ what, was: old.get(splitSetting(what)[0]) }))
    .flatMap(({ what, was }) =>
      was === undefined || splitSetting(what)[1] === was ? [] : [{ kind: 'sysctl' as const, what, was }],
    );
}

/** Name and value of `name=value`. */
export function splitSetting(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}

function listGone(kind: Kind, before: Baseline, now: Baseline): Difference[] {
  if (kind === 'sysctl') return [];
  const present = new Set(now[kind]);
  return (before[kind] ?? []).filter((what) => !present.has(what)).map((what) => ({ kind, what }));
}

/** The link that an address, a route or a program stands on. */
function linkOf({ kind, what }: Difference): string | undefined {
  if (kind === 'address' || kind === 'tc') return what.split(' ')[0];
  return kind === 'route' ? linkOfRoute(what) : undefined;
}
