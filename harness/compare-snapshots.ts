// Two snapshots of a host, compared: what came, went and changed, less the differences that are allowed and argued.
import { SNAPSHOT_KINDS, type HostSnapshot, type SnapshotKind } from './host-snapshot.ts';

export type Difference = {
  kind: SnapshotKind;
  key: string;
  change: 'came' | 'went' | 'changed';
  before?: string;
  after?: string;
};

/** A difference that does not make a host unclean. `why` stands in docs/clean-hosts.md, word for word. */
export type AllowedDifference = { kind: SnapshotKind; keys: RegExp; changes?: Difference['change'][]; why: string };

/** What differs and is not allowed, kind by kind; pure. */
export function compareSnapshots(
  before: HostSnapshot,
  after: HostSnapshot,
  allowed: readonly AllowedDifference[],
): Difference[] {
  return SNAPSHOT_KINDS.flatMap((kind) => compareKind(kind, before[kind], after[kind])).filter(
    (difference) => !allowed.some((rule) => isAllowed(rule, difference)),
  );
}

/** How much was looked at: the number of entries of each kind in either snapshot. */
export function countCompared(before: HostSnapshot, after: HostSnapshot): Record<string, number> {
  const count = (kind: SnapshotKind) => new Set([...Object.keys(before[kind]), ...Object.keys(after[kind])]).size;
  return Object.fromEntries(SNAPSHOT_KINDS.map((kind) => [kind, count(kind)]));
}

/** One difference as a line for people. */
export function describeDifference({ kind, key, change, before, after }: Difference): string {
  if (change === 'changed') return `${kind} ${key} changed from ${before} to ${after}`;
  const value = (change === 'came' ? after : before) ?? '';
  return `${kind} ${key} ${change}${/^1?$/.test(value) ? '' : ` (${value})`}`;
}

type Entries = Record<string, string>;

function compareKind(kind: SnapshotKind, before: Entries, after: Entries): Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return keys.flatMap((key): Difference[] => {
    const [was, is] = [before[key], after[key]];
    if (was === is) return [];
    if (was === undefined) return [{ kind, key, change: 'came', ...(is !== undefined && { after: is }) }];
    if (is === undefined) return [{ kind, key, change: 'went', before: was }];
    return [{ kind, key, change: 'changed', before: was, after: is }];
  });
}

function isAllowed(rule: AllowedDifference, { kind, key, change }: Difference): boolean {
  return rule.kind === kind && rule.keys.test(key) && (rule.changes?.includes(change) ?? true);
}
