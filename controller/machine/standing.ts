// What others than the hosts have said of the hosts of a namespace: what a machine that waits for one is told of anew. What
// hosts say of themselves is read when somebody looks: one host that says something else each second must wake nobody.
import { createHash } from 'node:crypto';
import type { ByoHost } from '../../api/byo-host.ts';
import { LABELS } from '../../api/names.ts';

/** As text to be compared. `people`: labels, cordons and the like; `all`: who claims what as well. */
export type Standing = { people: string; all: string };

/** The same for the same hosts, in whatever order they come. */
export function describeStanding(hosts: readonly ByoHost[]): Standing {
  const sorted = hosts.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const people = digestOf(sorted.map(wordOfPeople));
  return { people, all: digestOf([people, sorted.map(holderOf)]) };
}

function wordOfPeople({ metadata, spec }: ByoHost): unknown {
  // That label is written by whoever claims.
  const { [LABELS.claim]: _, ...labels } = metadata.labels;
  const asked = [labels, metadata.deletionTimestamp, spec.unschedulable, spec.failureDomain];
  return [metadata.name, ...asked, spec.cleanupOwed !== undefined];
}

function holderOf({ spec: { claim } }: ByoHost): unknown {
  return claim && [claim.incarnation, claim.releasing];
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
