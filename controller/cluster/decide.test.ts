import { expect, test } from 'vitest';
import { ANNOTATIONS, FINALIZERS } from '../../api/names.ts';
import { byoCluster, byoHost, cluster } from '../../test/support/builders.ts';
import { decideCluster, type ObservedCluster } from './decide.ts';

const deleted = { deletionTimestamp: '2026-01-02T00:00:00Z' };
const decide = (more: Partial<ObservedCluster> = {}) =>
  decideCluster({ object: byoCluster(), cluster: cluster(), hosts: [], machines: 0, ...more });
const statusOf = (decision: ReturnType<typeof decideCluster>) =>
  decision.kind === 'Status' ? decision.status : { fields: {}, conditions: [] };
const provisioned = { initialization: { provisioned: true } };

test.each([
  ['managed by others', { object: byoCluster({ metadata: { annotations: { [ANNOTATIONS.managedBy]: '' } } }) }],
  ['no owner', { object: byoCluster({ metadata: { ownerReferences: [], finalizers: [] } }) }],
  ['owner not found', { cluster: undefined }],
  [
    'leaving by move',
    { object: byoCluster({ metadata: { ...deleted, annotations: { [ANNOTATIONS.deleteForMove]: '' } } }) },
  ],
  ['deleted without our finalizer', { object: byoCluster({ metadata: { ...deleted, finalizers: [] } }) }],
])('untouched: %s', (_name, more) => {
  expect(decide(more)).toEqual({ kind: 'Nothing' });
});

test('the finalizer comes first, and goes without an owner or when no machine is left', () => {
  expect(decide({ object: byoCluster({ metadata: { finalizers: ['x'] } }) })).toEqual({
    kind: 'SetFinalizers',
    finalizers: ['x', FINALIZERS.cluster],
  });
  const orphan = byoCluster({ metadata: { ...deleted, ownerReferences: [] } });
  expect(decide({ object: orphan, cluster: undefined })).toEqual({ kind: 'SetFinalizers', finalizers: [] });
  const going = byoCluster({ metadata: deleted });
  expect(decide({ object: going })).toEqual({ kind: 'SetFinalizers', finalizers: [] });
  expect(statusOf(decide({ object: going, machines: 2 })).conditions).toContainEqual(
    expect.objectContaining({ type: 'Ready', status: 'False', reason: 'Deleting' }),
  );
});

test('an endpoint from either side provisions; none is waited for with the remedy', () => {
  expect(statusOf(decide()).fields).toMatchObject(provisioned);
  const bare = byoCluster({ spec: { controlPlaneEndpoint: undefined } });
  const theirs = cluster({ spec: { controlPlaneEndpoint: { host: '192.0.2.1', port: 6443 } } });
  expect(statusOf(decide({ object: bare, cluster: theirs })).fields).toMatchObject(provisioned);
  const waiting = statusOf(decide({ object: bare }));
  expect(waiting.fields.initialization).toBeUndefined();
  expect(waiting.conditions).toContainEqual(
    expect.objectContaining({ reason: 'WaitingForControlPlaneEndpoint', message: expect.stringContaining('set spec') }),
  );
});

test('provisioned is never taken back, whatever becomes of the endpoint', () => {
  const lost = byoCluster({ spec: { controlPlaneEndpoint: undefined }, status: provisioned });
  expect(statusOf(decide({ object: lost })).fields).toMatchObject(provisioned);
});

test('a port of 0 or none becomes 6443, since core copies whole endpoints only', () => {
  for (const port of [undefined, 0]) {
    const object = byoCluster({ spec: { controlPlaneEndpoint: { host: '192.0.2.1', port } } });
    expect(decide({ object })).toEqual({ kind: 'SetPort', port: 6443 });
  }
});

test('failure domains are those of the hosts, sorted, and stay still while paused', () => {
  const hosts = ['b', 'a', 'b', undefined].map((failureDomain, index) =>
    byoHost(`h${index}`, { spec: { failureDomain } }),
  );
  const domains = [
    { name: 'a', controlPlane: true },
    { name: 'b', controlPlane: true },
  ];
  expect(statusOf(decide({ hosts })).fields.failureDomains).toEqual(domains);
  const paused = statusOf(decide({ hosts, cluster: cluster({ spec: { paused: true } }) }));
  expect(paused.fields.failureDomains).toBeUndefined();
  expect(paused.conditions).toEqual([expect.objectContaining({ type: 'Paused', status: 'True' })]);
});

test('paused also while deleted', () => {
  const object = byoCluster({ metadata: { ...deleted, annotations: { [ANNOTATIONS.paused]: '' } } });
  expect(decide({ object }).kind).toBe('Status');
});
