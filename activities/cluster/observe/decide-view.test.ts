import { expect, test } from 'vitest';
import { ANNOTATIONS, providerIdOf } from '../../../api/names.ts';
import {
  byoHost,
  byoMachine,
  claimOf,
  cluster,
  condition,
  machine,
  reportedHost,
} from '../../../test/support/builders.ts';
import { decideView } from './decide-view.ts';
import type { Situation } from './situation.ts';

const key = { management: 'x', namespace: 'default', name: 'm', incarnation: 'uid-m' };
const deleted = { deletionTimestamp: '2026-01-02T00:00:00Z' };
const host = byoHost('h', { spec: { hostID: '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11', claim: claimOf('m', 3) } });
const providerID = providerIdOf(host.spec.hostID, 3);

const view = (situation: Partial<Situation> = {}) =>
  decideView({ machine: byoMachine('m'), owner: machine('m'), cluster: cluster(), claimed: [], ...situation }, key);

test('all gates are open: nothing holds', () => {
  expect(view()).toEqual({
    clusterName: 'c',
    version: 'v1.36.3',
    deleting: false,
    prepared: false,
    bootstrapped: false,
    bootstrapFailed: false,
    clusterDeleting: false,
    hostConnected: false,
  });
});

test.each([
  ['no owner', { owner: undefined }, 'WaitingForOwnerMachine'],
  ['no Cluster', { cluster: undefined }, 'WaitingForClusterInfrastructure'],
  [
    'Cluster not provisioned',
    { cluster: cluster({ status: { initialization: {} } }) },
    'WaitingForClusterInfrastructure',
  ],
  ['no version', { owner: machine('m', { spec: { version: undefined } }) }, 'WaitingForKubernetesVersion'],
  ['no installer', { machine: byoMachine('m', { spec: { installerRef: undefined } }) }, 'WaitingForInstallerConfig'],
])('a claim waits: %s', (_name, situation, reason) => {
  expect(view(situation).claimGate?.reason).toBe(reason);
});

test('missing bootstrap data holds the join back, not the claim', () => {
  const seen = view({ owner: machine('m', { spec: { bootstrap: {} } }) });
  expect(seen.claimGate).toBeUndefined();
  expect(seen.bootstrapGate?.reason).toBe('WaitingForBootstrapData');
});

test.each([
  ['not found', { machine: undefined }, 'Held'],
  ['paused by its Cluster', { cluster: cluster({ spec: { paused: true } }) }, 'Paused'],
  [
    'paused itself',
    { machine: byoMachine('m', { metadata: { annotations: { [ANNOTATIONS.paused]: '' } } }) },
    'Paused',
  ],
  [
    'leaving by move',
    { machine: byoMachine('m', { metadata: { ...deleted, annotations: { [ANNOTATIONS.deleteForMove]: '' } } }) },
    'Held',
  ],
  [
    'deleting while paused',
    { machine: byoMachine('m', { metadata: deleted }), cluster: cluster({ spec: { paused: true } }) },
    'Paused',
  ],
])('nothing may be done: %s', (_name, situation, reason) => {
  const seen = view(situation);
  expect(seen.hold?.reason).toBe(reason);
  expect(seen.deleting).toBe(false);
});

test('a claim is found by incarnation although the machine is not', () => {
  const seen = view({ machine: undefined, owner: undefined, claimed: [host] });
  expect(seen).toMatchObject({ notFound: true, deleting: false, claim: { hostName: 'h', generation: 3 } });
});

test('prepared is the providerID of this very claim', () => {
  const prepared = (id: string) =>
    view({ machine: byoMachine('m', { spec: { providerID: id } }), claimed: [host] }).prepared;
  expect(prepared(providerID)).toBe(true);
  expect(prepared(providerIdOf(host.spec.hostID, 2))).toBe(false);
});

const bootstrap = (status: 'True' | 'False' | 'Unknown', annotations: Record<string, string> = {}) =>
  byoMachine('m', {
    metadata: { annotations: { [ANNOTATIONS.incarnation]: 'uid-m', ...annotations } },
    status: { conditions: [condition('BootstrapSucceeded', status, 'BootstrapFailed')] },
  });

test('False is for good until somebody asks for another try', () => {
  expect(view({ machine: bootstrap('False') })).toMatchObject({ bootstrapFailed: true, bootstrapped: false });
  expect(view({ machine: bootstrap('Unknown') })).toMatchObject({ bootstrapFailed: false });
  const asked = bootstrap('False', { [ANNOTATIONS.retryBootstrap]: 'please' });
  expect(view({ machine: asked })).toMatchObject({ bootstrapFailed: false });
});

test('a nodeRef says bootstrapped after a move has dropped the conditions', () => {
  const owner = machine('m', { status: { nodeRef: { name: 'n' } } });
  expect(view({ owner }).bootstrapped).toBe(true);
  expect(view({ owner, machine: bootstrap('False') })).toMatchObject({ bootstrapped: true, bootstrapFailed: false });
});

const working = (operation: string, state: 'Running' | 'Succeeded' | 'Failed', generation = 3) =>
  byoHost('h', {
    spec: { claim: claimOf('m', 3) },
    status: { reported: reportedHost({ operation: { operation, generation, state } }) },
  });
const joining = (generation: number) => working('join', 'Running', generation);

test.each([
  ['join', 'Running', false],
  ['join', 'Failed', false],
  ['reset/keep-claim#1', 'Succeeded', false],
  ['install/v1.36.3#1', 'Running', false],
  ['join#1', 'Succeeded', true],
] as const)('a nodeRef while the host tells of %s %s', (operation, state, bootstrapped) => {
  const owner = machine('m', { status: { nodeRef: { name: 'n' } } });
  expect(view({ owner, claimed: [working(operation, state)] }).bootstrapped).toBe(bootstrapped);
});

test('only operations of the present claim are news', () => {
  expect(view({ claimed: [joining(3)] }).hostOperation?.operation).toBe('join');
  expect(view({ claimed: [joining(2)] }).hostOperation).toBeUndefined();
});

test('a machine is deleting, alone or with its cluster', () => {
  const machineDeleting = byoMachine('m', { metadata: deleted });
  expect(view({ machine: machineDeleting })).toMatchObject({ deleting: true, clusterDeleting: false });
  const all = view({ machine: machineDeleting, cluster: cluster({ metadata: deleted }) });
  expect(all).toMatchObject({ deleting: true, clusterDeleting: true });
});

test('of what a host reports only how far its operation is enters a history', () => {
  const reported = {
    operation: { operation: 'join', generation: 3, state: 'Running', step: 'CheckSentinel', bytes: 7 },
  };
  const busy = byoHost('h', { spec: { claim: claimOf('m', 3) }, status: { reported: reportedHost(reported) } });
  expect(view({ claimed: [busy] }).hostOperation).toEqual({ operation: 'join', generation: 3, state: 'Running' });
});

const said = (...types: string[]) =>
  byoMachine('m', { status: { conditions: types.map((type) => condition(type, 'True', 'R')) } });

test('what holds clusterctl move back is told, and what a move has dropped of a bootstrapped machine', () => {
  const claimed = [byoHost('h', { spec: { claim: claimOf('m', 3) } })];
  const blocked = byoMachine('m', { metadata: { annotations: { [ANNOTATIONS.blockMove]: 'true' } } });
  expect(view({ machine: blocked }).moveBlocked).toBe(true);
  expect(view().moveBlocked).toBeUndefined();
  expect(view({ machine: said('BootstrapSucceeded'), claimed }).untold).toBe(true);
  const all = said('HostClaimed', 'HostPrepared', 'BootstrapSucceeded');
  expect(view({ machine: all, claimed }).untold).toBeUndefined();
});

test('of a re-imaged machine that is deleted there is nothing to drain; while it stays, it is what it was', () => {
  const lost = byoHost('h', { spec: { claim: claimOf('m', 3, { lost: true }) } });
  const status = { conditions: [condition('BootstrapSucceeded', 'True', 'BootstrapSucceeded')] };
  const seen = (metadata = {}) => view({ machine: byoMachine('m', { metadata, status }), claimed: [lost] });
  expect(seen().bootstrapped).toBe(true);
  expect(seen(deleted)).toMatchObject({ bootstrapped: false, deleting: true });
});

test('a machine without its claim takes no other host and leaves none behind: everything waits', () => {
  const reported = reportedHost({ generation: 3, openClaim: { incarnation: 'uid-m', generation: 3 } });
  const stranger = byoHost('h', { status: { reported } });
  const seen = (metadata = {}) => view({ machine: byoMachine('m', { metadata }), stranger });
  for (const metadata of [{}, deleted]) {
    expect(seen(metadata)).toMatchObject({ deleting: false, hold: { reason: 'ClaimConflict' } });
  }
  expect(seen().hold?.message).toContain('h works for this ByoMachine');
  const prepared = (metadata = {}) => view({ machine: byoMachine('m', { metadata, spec: { providerID } }) });
  expect(prepared().hold).toMatchObject({ reason: 'Held', message: expect.stringContaining(providerID) });
  expect(prepared(deleted)).toMatchObject({ deleting: true });
  expect(prepared(deleted).hold).toBeUndefined();
});
