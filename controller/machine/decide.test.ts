import { expect, test } from 'vitest';
import { ANNOTATIONS, FINALIZERS } from '../../api/names.ts';
import { byoHost, byoMachine, cluster, machine, reportedHost } from '../../test/support/builders.ts';
import { decideMachine } from './decide.ts';
import type { ObservedMachine } from './observe.ts';
import { machineStatus } from './status.ts';

const deleted = { deletionTimestamp: '2026-01-02T00:00:00Z' };
const incarnation = { [ANNOTATIONS.incarnation]: 'uid-m' };

const situation = (more: Partial<ObservedMachine> = {}): ObservedMachine => ({
  machine: byoMachine('m'),
  owner: machine('m'),
  cluster: cluster(),
  hosts: [],
  ...more,
});

const annotated = (annotations: Record<string, string>, metadata = {}) =>
  byoMachine('m', { metadata: { annotations: { ...incarnation, ...annotations }, ...metadata } });

test.each([
  ['nothing: no owner', { owner: undefined }, { kind: 'Nothing' }],
  ['nothing: no Cluster', { cluster: undefined }, { kind: 'Nothing' }],
  [
    'nothing: leaving by move',
    { machine: byoMachine('m', { metadata: { ...deleted, annotations: { [ANNOTATIONS.deleteForMove]: '' } } }) },
    { kind: 'Nothing' },
  ],
  [
    'nothing: deleted without our finalizer',
    { machine: byoMachine('m', { metadata: { ...deleted, finalizers: [] } }) },
    { kind: 'Nothing' },
  ],
  [
    'adopt: new',
    { machine: byoMachine('m', { metadata: { finalizers: ['other'], annotations: {} } }) },
    { kind: 'Adopt', finalizers: ['other', FINALIZERS.machine], incarnation: 'uid-m' },
  ],
  [
    'adopt: moved here without the finalizer keeps its first UID',
    { machine: byoMachine('m', { metadata: { finalizers: [], annotations: { [ANNOTATIONS.incarnation]: 'first' } } }) },
    { kind: 'Adopt', finalizers: [FINALIZERS.machine], incarnation: 'first' },
  ],
  ['tell: paused', { cluster: cluster({ spec: { paused: true } }) }, { kind: 'Report', signal: 'Signal' }],
  ['start: normal', {}, { kind: 'Report', signal: 'SignalWithStart' }],
  [
    'start: deleting',
    { machine: byoMachine('m', { metadata: deleted }) },
    { kind: 'Report', signal: 'SignalWithStart' },
  ],
  [
    'start: deleting, owner and Cluster gone',
    { machine: byoMachine('m', { metadata: deleted }), owner: undefined, cluster: undefined },
    { kind: 'Report', signal: 'SignalWithStart' },
  ],
  ['force', { machine: annotated({ [ANNOTATIONS.forceRelease]: 'x' }, deleted) }, { kind: 'ForceRelease' }],
  [
    'no force while paused',
    { machine: annotated({ [ANNOTATIONS.forceRelease]: 'x', [ANNOTATIONS.paused]: '' }, deleted) },
    { kind: 'Report', signal: 'Signal' },
  ],
  ['no force while it lives', { machine: annotated({ [ANNOTATIONS.forceRelease]: 'x' }) }, { kind: 'Report' }],
])('%s', (_name, more, decision) => {
  expect(decideMachine(situation(more))).toMatchObject(decision);
});

const provider = { providerID: 'byoh://x/1' };

test('a providerID restores provisioned without a host, and nothing takes it back', () => {
  const { fields } = machineStatus(situation({ machine: byoMachine('m', { spec: provider }) }));
  expect(fields.initialization).toEqual({ provisioned: true });
  const before = byoMachine('m', { status: { initialization: { provisioned: true } } });
  expect(machineStatus(situation({ machine: before })).fields.initialization).toEqual({ provisioned: true });
  expect(machineStatus(situation()).fields.initialization).toBeUndefined();
});

test('addresses are those of the default interface, and stay when the host is unheard of', () => {
  const ipAddrs = ['192.0.2.5/24', 'fe80::1/64', '2001:db8::5/64'];
  const network = [
    { networkInterfaceName: 'eth0', macAddr: 'a', isDefault: true, ipAddrs },
    { networkInterfaceName: 'cni0', macAddr: 'b', ipAddrs: ['10.244.0.1/24'] },
  ];
  const { fields } = machineStatus(
    situation({ host: byoHost('h', { status: { reported: reportedHost({ network }) } }) }),
  );
  expect(fields.addresses).toEqual([
    { type: 'Hostname', address: 'machine' },
    { type: 'InternalIP', address: '192.0.2.5' },
    { type: 'InternalIP', address: '2001:db8::5' },
  ]);
  const known = byoMachine('m', { status: { addresses: [{ type: 'InternalIP', address: '192.0.2.5' }] } });
  expect(machineStatus(situation({ machine: known })).fields.addresses).toEqual(known.status?.addresses);
});
