// An object that cannot be read is a hold: whoever decides by a list says its name, and neither releases nor claims.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ByoHost } from '../../../api/byo-host.ts';
import { ByoHost as StoredHost } from '../../../api/byo-host.ts';
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
import { kubeInMemory } from '../../../test/support/kube-in-memory.ts';
import { createClusterActivities } from '../index.ts';
import { decideTeardownStep, decideTeardownProgress } from '../../../workflows/decide.ts';

const key = { management: 'm', namespace: 'default', name: 'a', incarnation: 'uid-a' };

/** `hints`: what the index of the controller names; without it every look is at all hosts. */
type Parts = {
  hosts?: object[];
  machines?: object[];
  owners?: object[];
  deleting?: boolean;
  status?: Record<string, unknown>;
  hints?: string[];
};

function activitiesOver({ hosts = [], machines = [], owners = [], deleting = false, status = {}, hints }: Parts) {
  const metadata = deleting ? { deletionTimestamp: '2026-01-01T00:00:01Z' } : {};
  const all = [byoMachine('a', { metadata, status }), ...machines];
  const kube = kubeInMemory([
    [BYO_HOSTS, hosts.map(asStored)],
    [BYO_MACHINES, all.map(asStored)],
    [MACHINES, [machine('a'), ...owners].map(asStored)],
    [CLUSTERS, [cluster()].map(asStored)],
  ]);
  const index = hints && { hintsOf: () => hints };
  return createClusterActivities({ kube, signingKey: { privateJwk: {} }, management: 'm', patienceMs: 0, ...index });
}

type Named = { metadata: { namespace: string; name: string } };
const asStored = (object: object): Named => JSON.parse(JSON.stringify(object));

/** As a later release might write it: a kind of key that is not known here; or the claim itself in another form. */
function spoil({ spec, ...host }: ByoHost, what: 'keys' | 'claim'): object {
  const keys = [{ id: 'k', use: 'attestation', jwk: '{}' }];
  return { ...host, spec: { ...spec, ...(what === 'keys' ? { keys } : { claim: 'uid-a/3' }) } };
}

const spoilt = fc.record({ at: fc.nat(3), what: fc.constantFrom('keys' as const, 'claim' as const) });

/** Hosts of which one, anywhere among them, cannot be read; the first may be claimed. Found by the index, or by looking at all. */
const scenes = fc
  .record({
    count: fc.nat(3),
    spoilt,
    holder: fc.constantFrom(undefined, 'a', 'b'),
    labelled: fc.boolean(),
    indexed: fc.boolean(),
  })
  .map(({ count, spoilt: { at, what }, holder, labelled, indexed }) => {
    const bad = Math.min(at, count);
    const hosts = Array.from({ length: count + 1 }, (_, nth) => {
      const claimed = nth === 0 && holder !== undefined;
      const labels = claimed && labelled ? { [LABELS.claim]: `uid-${holder}` } : {};
      const spec = claimed ? { claim: claimOf(holder, 1), lastGeneration: 1 } : {};
      const host = byoHost(`h${nth}`, { metadata: { labels }, spec });
      return nth === bad ? spoil(host, what) : host;
    });
    // What the cache cannot read is a hint for everybody.
    const hints = [...new Set([`h${bad}`, ...(holder === 'a' ? ['h0'] : [])])];
    const isItsOwn = what === 'claim' || (bad === 0 && holder === 'a');
    return { hosts, name: `h${bad}`, isItsOwn, ...(indexed && { hints }) };
  });

type HostScene = { hosts: object[]; hints?: string[] };
const over = ({ hosts, hints }: HostScene, deleting: boolean) =>
  activitiesOver({ hosts, deleting, ...(hints && { hints }) });

test('a machine whose host cannot be read, or nobody knows whose it is, is held by name, deleted or not, and never released', async () => {
  const property = fc.asyncProperty(scenes, fc.boolean(), async ({ name, isItsOwn, ...scene }, deleting) => {
    fc.pre(isItsOwn);
    const activities = over(scene, deleting);
    const view = await activities.observeMachine({ machine: key });
    expect(view.hold).toMatchObject({ reason: 'Held', message: expect.stringContaining(`ByoHost default/${name}`) });
    expect(view.hold?.message).toContain('update the controller');
    expect([view.deleting, view.notFound]).toEqual([false, undefined]);
    const refused = { type: 'OperationStopped', message: expect.stringContaining(name) };
    await expect(activities.releaseHost({ machine: key })).rejects.toMatchObject(refused);
  });
  await fc.assert(property, { numRuns: 100 });
});

test('a host of somebody else that cannot be read holds no machine, but every claim', async () => {
  const property = fc.asyncProperty(scenes, async ({ name, isItsOwn, ...scene }) => {
    fc.pre(!isItsOwn);
    const activities = over(scene, false);
    const view = await activities.observeMachine({ machine: key });
    expect(view.hold).toBeUndefined();
    if (view.claim) return;
    const refused = { type: 'OperationStopped', message: expect.stringContaining(name) };
    await expect(activities.claimHost({ machine: key })).rejects.toMatchObject(refused);
  });
  await fc.assert(property, { numRuns: 100 });
});

test('another’s unreadable machine or owner holds a claim, by name', async () => {
  const hosts = [byoHost('h')];
  const bad = { ...machine('b'), spec: {} };
  const spoiltMachine = { ...byoMachine('b'), spec: { providerID: 7 } };
  await expect(activitiesOver({ hosts, owners: [bad] }).claimHost({ machine: key })).rejects.toThrow(
    'Machine default/b',
  );
  const among = activitiesOver({ hosts, machines: [spoiltMachine] });
  await expect(among.claimHost({ machine: key })).rejects.toThrow('ByoMachine default/b');
});

test('a debt is not settled while a Machine cannot be read', async () => {
  const host = byoHost('h', {
    spec: { cleanupOwed: claimOf('a', 1) },
    status: { reported: reportedHost({ generation: 1 }) },
  });
  const activities = activitiesOver({ hosts: [host], owners: [{ ...machine('b'), spec: {} }] });
  const cleanup = { machine: key, claim: { hostName: 'h', hostID: host.spec.hostID, generation: 1 } };
  const { freeGate, resetGate } = await activities.observeCleanup(cleanup);
  expect([freeGate?.message, resetGate?.message]).toEqual(Array(2).fill(expect.stringContaining('Machine default/b')));
  await expect(activities.settleCleanup(cleanup)).rejects.toMatchObject({ type: 'OperationStopped' });
});

/** What an agent, a gateway and kinds of a later release may write. */
const NEWER: [string, Record<string, unknown>][] = [
  ['an unknown architecture', { architecture: 'riscv64' }],
  ['an unknown state', { operation: { operation: 'join', generation: 3, state: 'Paused' } }],
  ['an unknown operation', { operation: ['join'] }],
  ['an unknown form of quarantine', { quarantine: ['NotClean'] }],
  ['unknown fields', { tpm: { version: 2 }, findings: [{ code: 'X', message: 'm', remedy: 'r', severity: 1 }] }],
  ['another form of findings', { findings: { code: 'X' } }],
  ['the greatest generation', { generation: Number.MAX_SAFE_INTEGER }],
  ['a generation beyond all', { generation: 2 ** 53 }],
  ['another form of claim', { openClaim: 'uid-a/3' }],
];

test.each(NEWER)(
  '%s in a report: a deleted machine is not released without a reset, and none claims a second host',
  async (_what, newer) => {
    const claim = claimOf('a', 3);
    const openClaim = { incarnation: 'uid-a', generation: 3 };
    const reported = { ...reportedHost({ generation: 3, openClaim }), ...newer };
    const host = { ...byoHost('h', { spec: { claim, lastGeneration: 3 } }), status: { reported } };
    const hosts = [host, byoHost('free')];
    const going = activitiesOver({ hosts, deleting: true });
    const view = await going.observeMachine({ machine: key });
    expect([view.hold, view.claim?.hostName]).toEqual([undefined, 'h']);
    expect(decideTeardownStep(view, decideTeardownProgress(view)).kind).toMatch(/^(Drain|Reset)$/);
    await expect(going.releaseHost({ machine: key })).rejects.toMatchObject({ type: 'ClaimConflict' });
    // Said already, so that nothing is to be written.
    const said = condition('HostClaimed', 'True', 'HostClaimed', 'h is claimed, generation 3');
    const waiting = activitiesOver({ hosts, status: { conditions: [said] } });
    expect(await waiting.claimHost({ machine: key })).toMatchObject({ claim: { hostName: 'h', generation: 3 } });
  },
);

function read(more: Record<string, unknown>) {
  const { metadata, spec } = byoHost('h');
  return StoredHost.parse({ metadata, spec, status: { reported: { ...reportedHost(), ...more } } }).status?.reported;
}

test('what is not understood of a report is unknown; a quarantine and a finding stay one', () => {
  expect(read({ architecture: 'riscv64' })?.architecture).toBe('other');
  expect(read({ quarantine: 7 })?.quarantine?.message).toContain('not understood');
  expect(read({ findings: 7 })?.findings).toMatchObject([{ code: 'ReportNotUnderstood' }]);
  expect(read({ operation: { operation: 'join', generation: 1, state: 'Paused' } })?.operation?.state).toBe('Running');
  expect(read({ generation: -1 })).toBeUndefined();
  expect(read({ generation: Number.MAX_SAFE_INTEGER })).toBeUndefined();
});
