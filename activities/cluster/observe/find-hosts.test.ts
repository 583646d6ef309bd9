// What one look costs, counted; and that a host is found whatever has become of its label, and is nobody else's by it.
import { expect, test } from 'vitest';
import type { ByoHost } from '../../../api/byo-host.ts';
import { LABELS } from '../../../api/names.ts';
import { BYO_HOSTS, BYO_MACHINES, CLUSTERS, MACHINES } from '../../../common/kube/resources.ts';
import {
  byoHost,
  byoMachine,
  claimOf,
  cluster,
  condition,
  machine,
  reportedHost,
} from '../../../test/support/builders.ts';
import { kubeInMemory, type Asked } from '../../../test/support/kube-in-memory.ts';
import { createClusterActivities } from '../index.ts';

const key = { management: 'm', namespace: 'default', name: 'a', incarnation: 'uid-a' };
const deletionTimestamp = '2026-01-01T00:00:01Z';
const claimedCondition = { conditions: [condition('HostClaimed', 'True', 'Claimed')] };

type Scene = { hosts: ByoHost[]; self?: Parameters<typeof byoMachine>[1]; hints?: string[] };

function observerOf({ hosts, self, hints = [] }: Scene) {
  const asked: Asked = { requests: 0, objects: 0 };
  const objects = { hosts, machines: [byoMachine('a', self)], owners: [machine('a')], clusters: [cluster()] };
  const kube = kubeInMemory(
    [
      [BYO_HOSTS, objects.hosts],
      [BYO_MACHINES, objects.machines],
      [MACHINES, objects.owners],
      [CLUSTERS, objects.clusters],
    ],
    asked,
    { takesConditions: true },
  );
  const deps = { kube, signingKey: { privateJwk: {} }, management: 'm', patienceMs: 0, hintsOf: () => hints };
  return { asked, activities: createClusterActivities(deps) };
}

const ownHost = (labels: Record<string, string> = { [LABELS.claim]: 'uid-a' }) =>
  byoHost('own', { metadata: { labels }, spec: { claim: claimOf('a', 1), lastGeneration: 1 } });
const others = (count: number) =>
  Array.from({ length: count }, (_, nth) => {
    const labels = { [LABELS.claim]: `uid-m${nth}` };
    return byoHost(`h${nth}`, { metadata: { labels }, spec: { claim: claimOf(`m${nth}`, 1), lastGeneration: 1 } });
  });

test.each([10, 1000])('a look asks four questions and reads four objects in a fleet of %i hosts', async (count) => {
  const holds = observerOf({ hosts: [ownHost(), ...others(count - 1)], hints: ['own'] });
  expect((await holds.activities.observeMachine({ machine: key })).claim?.hostName).toBe('own');
  expect(holds.asked).toEqual({ requests: 4, objects: 4 });
  const waits = observerOf({ hosts: others(count) });
  expect((await waits.activities.observeMachine({ machine: key })).claim).toBeUndefined();
  expect(waits.asked).toEqual({ requests: 4, objects: 3 });
});

const told: [string, NonNullable<Scene['self']>][] = [
  ['a condition', { status: claimedCondition }],
  ['a providerID', { spec: { providerID: 'byoh://x/1' } }],
  ['a deletion', { metadata: { deletionTimestamp } }],
  ['a hold of the move', { metadata: { annotations: { 'clusterctl.cluster.x-k8s.io/block-move': 'true' } } }],
];

test.each(told)('a host without its label, unknown to the index, is found when %s tells of it', async (_by, self) => {
  const annotated = {
    'byo.infrastructure.cluster.x-k8s.io/incarnation': 'uid-a',
    ...Object(self.metadata?.annotations),
  };
  const metadata = { ...self.metadata, annotations: annotated };
  const { activities } = observerOf({ hosts: [ownHost({}), ...others(3)], self: { ...self, metadata } });
  expect((await activities.observeMachine({ machine: key })).claim?.hostName).toBe('own');
});

test('a host without its label is found by what the cache knows, and a stale word of the cache is not believed', async () => {
  const knows = observerOf({ hosts: [ownHost({}), ...others(3)], hints: ['own'] });
  expect((await knows.activities.observeMachine({ machine: key })).claim?.hostName).toBe('own');
  const stale = observerOf({ hosts: others(3), hints: ['h0', 'gone'] });
  expect((await stale.activities.observeMachine({ machine: key })).claim).toBeUndefined();
});

test('the claim of a machine that nothing tells of a host is answered by looking at all: none gets a second', async () => {
  const { activities } = observerOf({ hosts: [ownHost({}), byoHost('free')] });
  expect(await activities.claimHost({ machine: key })).toMatchObject({ claim: { hostName: 'own' } });
});

test('a label alone makes no host a machine’s, and takes none away', async () => {
  const forged = byoHost('forged', { metadata: { labels: { [LABELS.claim]: 'uid-a' } } });
  const another = { claim: claimOf('b', 1), lastGeneration: 1 };
  const stolen = byoHost('stolen', { metadata: { labels: { [LABELS.claim]: 'uid-a' } }, spec: another });
  const { activities } = observerOf({ hosts: [forged, stolen, ownHost({ [LABELS.claim]: 'uid-b' })], hints: ['own'] });
  expect((await activities.observeMachine({ machine: key })).claim?.hostName).toBe('own');
  const without = observerOf({ hosts: [forged, stolen] });
  expect((await without.activities.observeMachine({ machine: key })).claim).toBeUndefined();
});

test('a host that works for the machine without its claim is a hold, by the index as by looking at all', async () => {
  const openClaim = { incarnation: 'uid-a', generation: 1 };
  const stranger = byoHost('s', { status: { reported: reportedHost({ generation: 1, openClaim }) } });
  const { activities } = observerOf({ hosts: [stranger, ...others(3)], hints: ['s'] });
  expect((await activities.observeMachine({ machine: key })).hold?.message).toContain('s works for this ByoMachine');
});

test('the finalizer falls only when no host at all carries the claim, whatever the index says', async () => {
  const spec = { claim: claimOf('a', 1), lastGeneration: 1 };
  const says = (name: string, openClaim: object | undefined, labels = {}) =>
    byoHost(name, { metadata: { labels }, spec, status: { reported: reportedHost({ generation: 1, openClaim }) } });
  const closed = says('closed', undefined, { [LABELS.claim]: 'uid-a' });
  const open = says('open', { incarnation: 'uid-a', generation: 1 });
  const self = { metadata: { deletionTimestamp } };
  const { activities } = observerOf({ hosts: [closed, open, ...others(20)], self, hints: ['closed'] });
  await expect(activities.releaseHost({ machine: key })).rejects.toThrow('open does not report that the claim');
});
