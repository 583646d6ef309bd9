// The machine now against the machine when the claim began: what a reset takes away, and what is somebody's. Pure.
import type { Baseline, Difference, Kind } from './baseline.ts';
import { KNOWN_LINK, KNOWN_MOUNT, KNOWN_ROUTE, KNOWN_RULE, KNOWN_TABLE } from './known-kinds.ts';

/**
 * `known`: left by Kubernetes and pod networks, removed by the reset. `foreign`: anybody's; the host is not clean. `gone`:
 * was there and is not any more. Nothing of a cluster stays by being absent, so that is told, and held against nobody.
 */
export type Comparison = { known: Difference[]; foreign: Difference[]; gone: Difference[] };

/** Kinds whose additions are judged. A module that stays loaded is told nobody: any mount or rule of anybody loads some. */
const JUDGED: readonly Kind[] = ['link', 'address', 'route', 'rule', 'sysctl', 'mount', 'unit', 'folder'];

/** Without a baseline (an older agent opened the claim) only known kinds are seen: nobody can say whose the rest is. */
export function compareBaseline(before: Baseline | undefined, now: Baseline): Comparison {
  const added = JUDGED.flatMap((kind) => listAdded(kind, before, now));
  const links = new Set(added.filter(({ kind }) => kind === 'link').map(({ what }) => what));
  // What stands on a new link goes with it, and is one difference with it.
  const own = added.filter((difference) => !links.has(linkOf(difference) ?? ''));
  const known = own.filter(({ kind, what }) => IS_KNOWN[kind](what, before));
  return {
    known,
    foreign: before ? own.filter((difference) => !known.includes(difference)) : [],
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

const IS_KNOWN: Record<Kind, (what: string, before: Baseline | undefined) => boolean> = {
  link: (what) => KNOWN_LINK.test(what),
  address: () => false,
  route: (what, before) => KNOWN_ROUTE.test(what) || isBirdOfPods(what, before),
  rule: (what) => KNOWN_RULE.test(what) || isInKnownTable(what),
  sysctl: () => true,
  mount: (what) => KNOWN_MOUNT.test(what),
  module: () => false,
  unit: () => false,
  folder: () => true,
  leased: () => false,
  holder: () => false,
};

/** Calico brings a BIRD of its own; a machine whose owner runs one had routes of it before the claim. */
function isBirdOfPods(what: string, before: Baseline | undefined): boolean {
  return / proto bird( |$)/.test(what) && !before?.route?.some((line) => / proto bird( |$)/.test(line));
}

function isInKnownTable(what: string): boolean {
  const [, family, table] = /^nft (?!table )(\S+) (\S+) /.exec(what) ?? [];
  return KNOWN_TABLE.test(family === undefined ? what : `nft table ${family} ${table}`);
}

/** The link that an address or a route stands on. */
function linkOf({ kind, what }: Difference): string | undefined {
  if (kind === 'address') return what.split(' ')[0];
  return kind === 'route' ? / dev (\S+)/.exec(what)?.[1] : undefined;
}
