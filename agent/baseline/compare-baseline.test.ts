import { expect, test } from 'vitest';
import type { Baseline, Kind } from './baseline.ts';
import { describeDifference } from './baseline.ts';
import { compareBaseline } from './compare-baseline.ts';

const before: Baseline = {
  link: ['eth0'],
  address: ['eth0 192.0.2.11/24'],
  route: ['-4 default via 192.0.2.1 dev eth0'],
  rule: ['iptables filter -A INPUT -p icmp -j ACCEPT'],
  sysctl: ['net.ipv4.ip_forward=0'],
  mount: ['/ (ext4)'],
  module: ['ext4'],
  unit: ['file ssh.service'],
  folder: ['/etc/cni'],
};

/** The baseline with these lines more. */
const plus = (more: Partial<Record<Kind, string[]>>): Baseline => {
  const kinds = Object.entries(more).map(([kind, lines]) => [kind, [...(Object(before)[kind] ?? []), ...lines]]);
  return { ...before, ...Object.fromEntries(kinds) };
};

test('the machine as it was differs in nothing', () => {
  expect(compareBaseline(before, before)).toEqual({ known: [], foreign: [], gone: [] });
});

test.each<[Kind, string]>([
  ['link', 'cni0'],
  ['link', 'veth0a1b2c3d'],
  ['link', 'flannel.1'],
  ['link', 'cali0123456789a'],
  ['link', 'vxlan.calico'],
  ['link', 'kube-ipvs0'],
  ['route', '-4 10.244.1.0/24 via 192.0.2.12 dev eth0 proto 117'],
  ['route', '-4 blackhole 10.244.0.0/26 proto 80'],
  ['route', '-4 10.244.1.0/26 via 192.0.2.12 dev eth0 proto bird'],
  ['rule', 'iptables nat :KUBE-SERVICES -'],
  ['rule', 'iptables nat -A POSTROUTING -s 10.244.0.0/24 -m comment --comment "byo-lab pods" -j CNI-BYO-LAB'],
  ['rule', 'ip6tables filter -A KUBE-FORWARD -j ACCEPT'],
  ['rule', 'iptables filter -A FORWARD -m comment --comment "cali:S93h" -m mark --mark 0x1 -j ACCEPT'],
  ['rule', 'nft table ip kube-proxy'],
  ['rule', 'nft ip kube-proxy services: ip daddr 10.96.0.1 accept'],
  ['mount', '/run/netns/cni-0123-ab (nsfs)'],
  ['folder', '/var/lib/etcd'],
])('of the cluster: %s %s', (kind, what) => {
  expect(compareBaseline(before, plus({ [kind]: [what] }))).toEqual({ known: [{ kind, what }], foreign: [], gone: [] });
});

test.each<[Kind, string]>([
  ['link', 'veth0'],
  ['link', 'veth01234567890'],
  ['link', 'wg0'],
  ['link', 'xcni0'],
  ['address', 'eth0 192.0.2.100/32'],
  ['route', '-4 198.51.100.0/24 via 192.0.2.9 dev eth0 proto static'],
  ['route', '-4 198.51.100.0/24 via 192.0.2.9 dev eth0 proto 1170'],
  ['rule', 'iptables filter -A INPUT -m comment --comment "not KUBE-SERVICES" -j ACCEPT'],
  ['rule', 'iptables filter -A INPUT -p tcp --dport 22 -j DROP'],
  ['rule', 'nft inet filter input: tcp dport 22 drop'],
  ['mount', '/run/netns/blue (nsfs)'],
  ['mount', '/mnt (ext4)'],
  ['unit', 'file keepalived.service'],
])('of somebody: %s %s', (kind, what) => {
  expect(compareBaseline(before, plus({ [kind]: [what] }))).toEqual({ known: [], foreign: [{ kind, what }], gone: [] });
});

test('routes of a BIRD that ran before the claim are its owner’s', () => {
  const [old, fresh] = ['-4 10.1.0.0/16 via 192.0.2.2 dev eth0 proto bird', '-4 10.2.0.0/16 dev eth0 proto bird'];
  const { foreign } = compareBaseline(plus({ route: [old] }), plus({ route: [old, fresh] }));
  expect(foreign).toEqual([{ kind: 'route', what: fresh }]);
});

test('what stands on a new link is one difference with it', () => {
  const now = plus({ link: ['wg0'], address: ['wg0 10.9.0.1/24'], route: ['-4 10.8.0.0/16 dev wg0 scope link'] });
  expect(compareBaseline(before, now).foreign.map(describeDifference)).toEqual(['link wg0']);
});

test('a setting that changed is put back; one that only came is nobody’s', () => {
  const now = { ...before, sysctl: ['net.ipv4.ip_forward=1', 'net.bridge.bridge-nf-call-iptables=1'] };
  expect(compareBaseline(before, now).known.map(describeDifference)).toEqual(['sysctl net.ipv4.ip_forward=1 (was 0)']);
});

test('what is gone, and a module that stays loaded, are held against nobody', () => {
  const { known, foreign, gone } = compareBaseline(plus({ route: ['-4 x'] }), plus({ module: ['veth'] }));
  expect([known, foreign]).toEqual([[], []]);
  expect(gone.map(describeDifference)).toEqual(['route -4 x']);
});

test('without a baseline only known kinds are seen; a kind that was not looked at is not judged', () => {
  const now = plus({ link: ['cni0', 'wg0'], folder: ['/var/lib/etcd'], unit: ['file x.service'] });
  expect(compareBaseline(undefined, now)).toEqual({ known: [{ kind: 'link', what: 'cni0' }], foreign: [], gone: [] });
  expect(compareBaseline({ ...before, unit: undefined }, plus({ unit: ['file x.service'] })).foreign).toEqual([]);
});
