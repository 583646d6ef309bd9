import { expect, test } from 'vitest';
import {
  byoHost,
  byoMachine,
  claimOf,
  cluster,
  condition,
  machine,
  reportedHost,
} from '../../test/support/builders.ts';
import { decideReady } from './decide-ready.ts';
import type { ObservedMachine } from './observe.ts';

const deleted = { deletionTimestamp: '2026-01-02T00:00:00Z' };
const host = byoHost('h', { spec: { claim: claimOf('m') } });

const situation = (more: Partial<ObservedMachine> = {}): ObservedMachine => ({
  machine: byoMachine('m'),
  owner: machine('m'),
  cluster: cluster(),
  hosts: [],
  ...more,
});

const withConditions = (conditions: unknown[], spec = {}, metadata = {}) =>
  byoMachine('m', { spec, metadata, status: { conditions, hostRef: { name: 'h', hostID: 'x' } } });
const operation = { operation: 'install/v1.36.3', generation: 1, state: 'Running', step: 'FetchBundle', attempt: 2 };
const stranger = byoHost('stranger', {
  status: { reported: reportedHost({ openClaim: { incarnation: 'uid-m', generation: 1 } }) },
});
const installing = byoHost('h', { spec: { claim: claimOf('m') }, status: { reported: reportedHost({ operation }) } });
const provider = { providerID: 'byoh://x/1' };

test.each([
  [
    'no host',
    { machine: withConditions([condition('HostClaimed', 'False', 'NoHostFits', 'why')]) },
    'NoHostFits',
    'why',
  ],
  ['no workflow yet', {}, 'WaitingForWorkflow', 'Temporal'],
  [
    'Cluster not ready',
    { cluster: cluster({ status: { initialization: {} } }) },
    'WaitingForClusterInfrastructure',
    '',
  ],
  [
    'its host lost the claim',
    { machine: withConditions([condition('HostClaimed', 'True', 'HostClaimed')]) },
    'Held',
    'h does not carry its claim',
  ],
  ['its host does not carry the claim', { hosts: [stranger] }, 'ClaimConflict', 'stranger works for this ByoMachine'],
  ['claimed', { host }, 'Installing', 'h is claimed'],
  ['a step runs', { host: installing }, 'FetchBundle', 'h: install/v1.36.3, FetchBundle (attempt 2)'],
  [
    'the host is offline',
    { host: installing, machine: withConditions([condition('HostPrepared', 'False', 'HostOffline', 'gone')]) },
    'HostOffline',
    'gone',
  ],
  [
    'bootstrap failed',
    {
      host,
      machine: withConditions([condition('BootstrapSucceeded', 'False', 'BootstrapFailed', 'exit 1')], provider),
    },
    'BootstrapFailed',
    'exit 1',
  ],
  [
    'claimed with a host that was re-imaged',
    {
      host: byoHost('h', {
        spec: { claim: { namespace: 'default', name: 'm', incarnation: 'i', generation: 1, lost: true } },
      }),
      machine: withConditions([], provider),
    },
    'HostReplaced',
    'Delete the Machine',
  ],
  [
    'quarantined',
    {
      host: byoHost('h', { status: { conditions: [condition('Quarantined', 'True', 'ClaimConflict', 'odd')] } }),
      machine: withConditions([], provider),
    },
    'ClaimConflict',
    'odd',
  ],
  [
    'deleting',
    { host, machine: withConditions([condition('HostReset', 'False', 'HostOffline', 'away')], provider, deleted) },
    'Deleting',
    'away',
  ],
  [
    'an activity of its workflow fails, no host yet',
    { machine: withConditions([condition('WorkflowHealthy', 'False', 'ActivityFailing', 'claimHost fails')]) },
    'ActivityFailing',
    'claimHost fails',
  ],
  [
    'an activity of its workflow fails while it installs',
    { host, machine: withConditions([condition('WorkflowHealthy', 'False', 'ActivityFailing', 'sealOrder fails')]) },
    'ActivityFailing',
    'sealOrder fails',
  ],
  [
    'deleting, and an activity fails',
    {
      host,
      machine: withConditions([condition('WorkflowHealthy', 'False', 'ActivityFailing', 'may not')], provider, deleted),
    },
    'Deleting',
    'may not',
  ],
  ['deleting, and nothing else known', { host, machine: withConditions([], provider, deleted) }, 'Deleting', 'deleted'],
])('not Ready: %s', (_name, more, reason, message) => {
  const ready = decideReady(situation(more));
  expect(ready).toMatchObject({ type: 'Ready', status: 'False', reason });
  expect(ready.message).toContain(message);
});

test('what its workflow said of a failing activity before it got on makes no machine unready', () => {
  const healthy = [condition('WorkflowHealthy', 'True', 'WorkflowHealthy')];
  expect(decideReady(situation({ host, machine: withConditions(healthy) }))).toMatchObject({ reason: 'Installing' });
  const failing = [condition('WorkflowHealthy', 'False', 'ActivityFailing', 'may not')];
  expect(decideReady(situation({ host, machine: withConditions(failing, provider) }))).toMatchObject({
    status: 'True',
  });
});

test('a lost link, a join under way and a Node that is not there leave a prepared machine Ready', () => {
  const silent = byoHost('h', { status: { conditions: [condition('Connected', 'False', 'LeaseStale')] } });
  const unknown = withConditions([condition('BootstrapSucceeded', 'Unknown', 'Joining')], provider);
  expect(decideReady(situation({ host: silent, machine: unknown }))).toMatchObject({ status: 'True' });
});

test('what a host calls its step is no reason of ours unless it is one', () => {
  const odd = { ...operation, step: 'rm -rf /' };
  const strange = byoHost('h', {
    spec: { claim: claimOf('m') },
    status: { reported: reportedHost({ operation: odd }) },
  });
  expect(decideReady(situation({ host: strange }))).toMatchObject({ reason: 'Installing' });
});
