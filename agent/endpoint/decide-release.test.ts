import { expect, test } from 'vitest';
import type { Baseline } from '../baseline/baseline.ts';
import { parseLinks } from '../linux/network.ts';
import { canonicalAddress, heldAddresses } from './addresses.ts';
import { decideRelease, type EndpointSituation } from './decide-release.ts';

const VIP = '192.0.2.100';
const before: Baseline = { address: ['eth0 192.0.2.11/24', 'eth0 2001:db8::b/64'], leased: [], holder: [], unit: [] };
const own = { link: 'eth0', address: '192.0.2.11', prefix: 24, leased: false };
const own6 = { link: 'eth0', address: '2001:db8::b', prefix: 64, leased: false };
const held = (link: string, address = VIP, prefix = 32) => ({ link, address, prefix, leased: false });
const keepalived = { unit: 'keepalived.service', active: true, enabled: true, config: `${VIP}/24 dev eth0` };
const kubeVip = { path: '/etc/kubernetes/manifests/vip.yaml', text: 'image: ghcr.io/kube-vip/kube-vip:v1', pod: 'vip' };

function situation(more: Partial<EndpointSituation>): EndpointSituation {
  return { addresses: [VIP], held: [own, own6], before, units: [], manifests: [], containers: [], ...more };
}

const nothing = { stop: [], disable: [], stopPods: false, manifests: [], addresses: [], owners: [] };

test('the address goes from every link, loopback too, whatever its prefix and family', () => {
  const all = [held('lo'), own, held('eth0', VIP, 24), own6, held('eth1', '2001:db8::64', 128)];
  const released = decideRelease(situation({ addresses: [VIP, '2001:db8::64'], held: all }));
  expect(released.addresses).toEqual([all[0], all[2], all[4]]);
});

test.each([
  ['was its own before the claim', { addresses: ['192.0.2.11'] }],
  ['was its own on another link', { addresses: ['192.0.2.11'], held: [held('bond0', '192.0.2.11', 24)] }],
  ['was its own, IPv6', { addresses: ['2001:db8::b'] }],
  [
    'was a lease before the claim',
    { before: { ...before, leased: [`eth0 ${VIP}/24`] }, held: [held('eth0', VIP, 24)] },
  ],
  ['is a lease now', { held: [{ ...held('eth0'), leased: true }] }],
  ['is loopback', { addresses: ['127.0.0.1', '::1'], held: [held('lo', '127.0.0.1', 8), held('lo', '::1', 128)] }],
  ['is carried nowhere here', {}],
  ['is unknown', { addresses: [], held: [own, held('eth0')] }],
])('nothing is touched when the endpoint %s', (_name, more: Partial<EndpointSituation>) => {
  const units = [{ ...keepalived, config: 'virtual_ipaddress { 192.0.2.200 }' }];
  expect(decideRelease(situation({ units, ...more }))).toEqual(nothing);
});

test('a claim that an older agent opened: the first address of a link passes for its own, an added one does not', () => {
  const all = [held('lo', '127.0.0.1', 8), own, held('eth0'), held('lo')];
  for (const unknown of [undefined, { address: ['eth1 192.0.2.99/24'] }]) {
    const look = (address: string) => decideRelease(situation({ before: unknown, held: all, addresses: [address] }));
    expect(look('192.0.2.11').addresses).toEqual([]);
  }
  const added = decideRelease(situation({ before: undefined, held: [own, held('eth0')] }));
  expect(added.addresses).toEqual([held('eth0')]);
});

test('keepalived that came with the claim is stopped and disabled, on a host that waits its turn as well', () => {
  expect(decideRelease(situation({ units: [keepalived] }))).toEqual({
    ...nothing,
    stop: ['keepalived.service'],
    disable: ['keepalived.service'],
  });
});

test('its configuration elsewhere: who holds the address is stopped, unless a pod explains it', () => {
  const units = [{ ...keepalived, config: '' }];
  expect(decideRelease(situation({ units, held: [own, held('eth0')] })).stop).toEqual(['keepalived.service']);
  const byPod = decideRelease(situation({ units, held: [own, held('eth0')], manifests: [kubeVip] }));
  expect(byPod).toMatchObject({ stop: [], stopPods: true, manifests: [kubeVip] });
});

test('keepalived that ran before the claim is its owner’s: left alone, and named when it holds the address', () => {
  const ran = { ...before, holder: ['keepalived.service'], unit: ['enabled keepalived.service'] };
  expect(decideRelease(situation({ before: ran, units: [keepalived] }))).toEqual(nothing);
  expect(decideRelease(situation({ before: ran, units: [keepalived], held: [own, held('eth0')] }))).toEqual({
    ...nothing,
    addresses: [held('eth0')],
    owners: ['keepalived.service'],
  });
});

test('a service that stood ready without running before the claim is stopped, and stays enabled', () => {
  const ready = { ...before, unit: ['enabled keepalived.service'] };
  expect(decideRelease(situation({ before: ready, units: [keepalived] }))).toMatchObject({
    stop: ['keepalived.service'],
    disable: [],
    owners: [],
  });
});

test('pods that hold addresses end: known ones, and those whose manifest names the endpoint; never kubeadm’s own', () => {
  const named = { path: '/etc/kubernetes/manifests/ha.yaml', text: `args: [--vip=${VIP}]`, pod: 'ha' };
  const other = { path: '/etc/kubernetes/manifests/other.yaml', text: 'args: [--vip=192.0.2.1001, 1192.0.2.100]' };
  const etcd = { path: '/etc/kubernetes/manifests/etcd.yaml', text: `--initial-cluster=a=https://${VIP}:2380` };
  const found = decideRelease(situation({ manifests: [kubeVip, named, other, etcd] }));
  expect(found).toMatchObject({ stopPods: true, manifests: [kubeVip, named] });
  expect(decideRelease(situation({ containers: ['c1'] }))).toMatchObject({ stopPods: true, manifests: [] });
});

test('addresses are read as the kernel tells them, and compared in one form', () => {
  const lines = [
    { ifname: 'lo', addr_info: [{ local: '127.0.0.1', prefixlen: 8 }] },
    {},
    { ifname: 'eth0', addr_info: [{ local: '2001:DB8:0::64', prefixlen: 128, dynamic: true }, {}] },
  ];
  expect(heldAddresses(parseLinks(JSON.stringify(lines)))).toEqual([
    { link: 'lo', address: '127.0.0.1', prefix: 8, leased: false },
    { link: 'eth0', address: '2001:db8::64', prefix: 128, leased: true },
  ]);
  expect(heldAddresses(parseLinks(''))).toEqual([]);
  expect(['[fd00::0:1]', 'fe80::1%eth0', '10.0.0.1', 'api.example', '1', '10.0.0'].map(canonicalAddress)).toEqual([
    'fd00::1',
    'fe80::1',
    '10.0.0.1',
    undefined,
    undefined,
    undefined,
  ]);
});
