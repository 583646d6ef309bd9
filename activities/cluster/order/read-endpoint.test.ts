import { expect, test } from 'vitest';
import { byoCluster, byoHost, byoMachine, cluster, machine } from '../../../test/support/builders.ts';
import type { Kube } from '../../../common/kube/client.ts';
import { decideReset, owedReset } from './order-arguments.ts';
import { decideEndpoint, decideRanges, readEndpoint } from './read-endpoint.ts';

const at = (host: string, port = 6443) => ({ spec: { controlPlaneEndpoint: { host, port } } });
const ours = byoCluster();

test.each([
  ['the Cluster says it', cluster(at('192.0.2.100', 443)), ours, { host: '192.0.2.100', port: 443 }],
  ['only the ByoCluster says it', cluster(), ours, { host: '192.0.2.1', port: 6443 }],
  ['the Cluster is gone', undefined, byoCluster(at('api.example', 0)), { host: 'api.example', port: 6443 }],
  ['in brackets', cluster(at('[2001:db8::64]')), undefined, { host: '2001:db8::64', port: 6443 }],
  ['a placeholder of a hosted control plane', cluster(at('0.0.0.0', 0)), ours, { host: '192.0.2.1', port: 6443 }],
  ['nobody says it', cluster(), byoCluster({ spec: { controlPlaneEndpoint: {} } }), undefined],
  ['nothing that an order can carry', cluster(at('--help')), undefined, undefined],
])('%s', (_name, core, infrastructure, endpoint) => {
  expect(decideEndpoint(core, infrastructure)).toEqual(endpoint);
});

/** An API that has these objects, each under its kind and name. */
function kubeWith(objects: Record<string, unknown>): Kube {
  const find = async (resource: { kind: string }, { name = '' }) => objects[`${resource.kind}/${name}`];
  return Object.assign(Object.create(null), { find });
}

test('it is read for every reset: from the machine’s own Cluster, and from the ByoCluster that this one names', async () => {
  const situation = { machine: byoMachine('m'), owner: machine('m'), claimed: [] };
  const refers = cluster({ spec: { infrastructureRef: { kind: 'ByoCluster', name: 'other' } } });
  const kube = kubeWith({ 'Cluster/c': refers, 'ByoCluster/other': byoCluster(at('192.0.2.7')) });
  expect(await readEndpoint(kube, { ...situation, cluster: cluster(at('192.0.2.9')) })).toMatchObject({
    host: '192.0.2.9',
  });
  expect(await readEndpoint(kube, situation)).toMatchObject({ host: '192.0.2.7' });
  expect(await readEndpoint(kubeWith({ 'ByoCluster/c': ours }), { machine: byoMachine('m') })).toMatchObject({
    host: '192.0.2.1',
  });
  expect(await readEndpoint(kube, { owner: machine('m') })).toBeUndefined();
});

test('another provider’s infrastructure is not looked for', async () => {
  const refers = cluster({ spec: { infrastructureRef: { kind: 'OtherCluster', name: 'c' } } });
  const kube = kubeWith({ 'ByoCluster/c': ours });
  expect(await readEndpoint(kube, { machine: byoMachine('m'), owner: machine('m'), cluster: refers })).toBeUndefined();
});

test('the order carries it', () => {
  const endpoint = { host: '192.0.2.100', port: 6443 };
  const situation = { machine: byoMachine('m'), claimed: [] };
  expect(decideReset({ keepClaim: true }, situation, endpoint)).toEqual({
    skipEtcdMemberRemoval: false,
    cluster: 'c',
    keepClaim: true,
    endpoint,
  });
  expect(decideReset({}, situation, undefined)).toEqual({ skipEtcdMemberRemoval: false, cluster: 'c' });
});

const blocks = (pods: string[], services: string[]) =>
  cluster({ spec: { clusterNetwork: { pods: { cidrBlocks: pods }, services: { cidrBlocks: services } } } });

test('the order carries the ranges of pods and services, as far as one can', () => {
  expect(decideRanges(blocks(['10.244.0.0/16', 'fd00:10::/48'], ['10.96.0.0/12']))).toEqual([
    '10.244.0.0/16',
    'fd00:10::/48',
    '10.96.0.0/12',
  ]);
  expect(decideRanges(blocks(['; rm -rf /', '10.244.0.0'], []))).toEqual([]);
  expect(decideRanges(cluster())).toEqual([]);
  const situation = {
    machine: byoMachine('m'),
    owner: machine('m'),
    cluster: blocks(['10.1.0.0/16'], []),
    claimed: [],
  };
  expect(decideReset({}, situation, undefined)).toMatchObject({ ranges: ['10.1.0.0/16'] });
});

test('the order carries whose the host was, and what its owner says of leftovers, also of a claim that was forced away', () => {
  const accepted = [{ id: '0'.repeat(32), what: 'link podnet0', by: 'ann', at: '2026-01-01T00:00:00Z' }];
  const host = byoHost('h', { spec: { accepted, leftovers: 'Block' } });
  const situation = { machine: byoMachine('m'), owner: machine('m'), claimed: [host] };
  const said = { accepted: ['0'.repeat(32)], leftovers: 'Block' };
  expect(decideReset({}, situation, undefined)).toMatchObject({ ...said, cluster: 'c' });
  expect(owedReset(host).arguments).toEqual({ skipEtcdMemberRemoval: true, ...said });
});
