// `byo host leftovers` and `byo host accept`: what a cluster has left on a host, and the owner's word that it may stay.
import { MAX_ACCEPTED, type Acceptance, type ByoHost } from '../api/byo-host.ts';
import type { Leftover } from '../api/report/reported-host.ts';
import { printable } from '../common/errors.ts';
import type { Kube } from '../common/kube/client.ts';
import { BYO_HOSTS, SELF_SUBJECT_REVIEWS } from '../common/kube/resources.ts';
import { retryOnConflict } from '../common/kube/retry-on-conflict.ts';
import { UsageError } from './usage-error.ts';

/** Ids, or the beginnings of ids, as `byo host leftovers` shows them. */
export type Wanted = { all: boolean; items: readonly string[] };

/** As a person reads and types it; the whole one is accepted too. */
const SHORT_ID = 12;

/** A line each: id, whether it stands in the way, what it is. Hosts and users write these: a terminal obeys none of it. */
export function describeLeftovers({ spec, status }: ByoHost): string[][] {
  const accepted = new Map((spec.accepted ?? []).map((one) => [one.id, one]));
  return (status?.reported?.leftovers ?? []).map(({ id, kind, what }) => {
    const by = accepted.get(id);
    return [id.slice(0, SHORT_ID), kind, by ? printable(`by ${by.by}, ${by.at}`) : 'no', printable(what)];
  });
}

/** Writes the acceptances, in the name of whoever calls; answers the new ones. @throws UsageError, KubeError */
export async function acceptLeftovers(
  kube: Kube,
  key: { namespace: string; name: string },
  wanted: Wanted,
): Promise<Acceptance[]> {
  const { status } = await kube.create(SELF_SUBJECT_REVIEWS, {});
  const who = { by: status.userInfo.username, at: new Date().toISOString() };
  return retryOnConflict(async () => {
    const host = await kube.get(BYO_HOSTS, key);
    const { fresh, accepted } = decideAcceptances(host, wanted, who);
    const { resourceVersion } = host.metadata;
    await kube.patch(BYO_HOSTS, key, { manager: 'byo', body: { spec: { accepted } }, resourceVersion });
    return fresh;
  });
}

/**
 * Pure. Only what the host lists now can be accepted. Where there is no more room, the oldest go of what is not listed any
 * more: it was taken away, or is a part of the host's next baseline. @throws UsageError
 */
export function decideAcceptances(
  host: ByoHost,
  { all, items }: Wanted,
  who: Pick<Acceptance, 'by' | 'at'>,
): { fresh: Acceptance[]; accepted: Acceptance[] } {
  const listed = host.status?.reported?.leftovers ?? [];
  const known = host.spec.accepted ?? [];
  const chosen = all ? listed : items.flatMap((item) => choose(host, listed, item));
  if (chosen.length === 0) throw nothing(host);
  const fresh = chosen
    .filter(({ id }) => !known.some((one) => one.id === id))
    .map(({ id, what }) => ({ id, what, ...who }));
  const unique = [...new Map(fresh.map((one) => [one.id, one])).values()];
  const still = new Set(listed.map(({ id }) => id));
  const room = MAX_ACCEPTED - unique.length - known.filter(({ id }) => still.has(id)).length;
  const past = known.filter(({ id }) => !still.has(id));
  const kept = new Set(past.slice(Math.max(0, past.length - Math.max(0, room))).map(({ id }) => id));
  return { fresh: unique, accepted: [...known.filter(({ id }) => still.has(id) || kept.has(id)), ...unique] };
}

function choose(host: ByoHost, listed: readonly Leftover[], item: string): Leftover[] {
  const found = listed.filter(({ id }) => item.length >= SHORT_ID && id.startsWith(item));
  if (found.length === 1) return found;
  const { namespace, name } = host.metadata;
  throw new UsageError(
    `host ${namespace}/${name} lists no leftover ${item}`,
    `\`byo host leftovers ${name} -n ${namespace}\` shows what there is, each with its id`,
  );
}

function nothing({ metadata: { namespace, name } }: ByoHost): UsageError {
  return new UsageError(
    `there is nothing to accept on host ${namespace}/${name}`,
    `Name ids, or --all; \`byo host leftovers ${name} -n ${namespace}\` shows what there is`,
  );
}
