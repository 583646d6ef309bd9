import { expect, test } from 'vitest';
import type { Baseline, Kind } from './baseline.ts';
import { describeDifference } from './baseline.ts';
import { compareBaseline, type Comparison } from './compare-baseline.ts';
import { createRanges } from '../linux/ranges.ts';

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
  set: ['banned'],
  tc: ['eth0 clsact'],
  pin: ['snap'],
};

const REACH = {
  ranges: createRanges(['10.244.0.0/16', '10.96.0.0/12', 'fd00:10::/48']),
  units: ['iscsid.service'],
  mounts: ['/mnt/share (nfs4)'],
  folders: ['/var/lib/csi'],
};
const NOTHING: Comparison = { known: [], reach: [], owners: [], gone: [] };

const compare = (was: Baseline | undefined, now: Baseline): Comparison => compareBaseline(was, now, REACH);

/** The baseline with these lines more. */
const plus = (more: Partial<Record<Kind, string[]>>): Baseline => {
  const kinds = Object.entries(more).map(([kind, lines]) => [kind, [...(Object(before)[kind] ?? []), ...lines]]);
  return { ...before, ...Object.fromEntries(kinds) };
};

test('the machine as it was differs in nothing', () => {
  expect(compare(before, before)).toEqual(NOTHING);
});

// field.md: B02 (policy rules of Cilium), B03 (tunl0 of Calico), B06 (routes without a protocol), B30 (programs, pins).
test.each<[Kind, string]>([
  ['link', 'cni0'],
  ['link', 'veth0a1b2c3d'],
  ['link', 'flannel.1'],
  ['link', 'cali0123456789a'],
  ['link', 'vxlan.calico'],
  ['link', 'kube-ipvs0'],
  ['address', 'tunl0 192.168.77.0/32'],
  ['address', 'eth0 10.244.3.1/32'],
  ['route', '-4 10.244.1.0/24 via 192.0.2.12 dev eth0 proto 117'],
  ['route', '-4 blackhole 10.244.0.0/26 proto 80'],
  ['route', '-4 10.244.1.0/26 via 192.0.2.12 dev eth0 proto bird'],
  ['route', '-4 10.244.7.0/24 via 192.0.2.12 dev eth0'],
  ['route', '-4 unreachable 10.244.9.0/24 metric 1024'],
  ['route', '-6 fd00:10:0:1::/64 via fd00::12 dev eth0 metric 1024'],
  ['route', '-4 local default dev lo table 2004 proto kernel scope host'],
  ['route', '-4 rule 9: from all fwmark 0x200/0xf00 lookup 2004'],
  ['route', '-4 rule 10: from all fwmark 0xa00/0xf00 lookup 2005'],
  ['route', '-4 rule 100: from all lookup local'],
  ['route', '-4 rule 111: from 10.244.3.0/24 lookup 10'],
  ['rule', 'iptables nat :KUBE-SERVICES -'],
  ['rule', 'iptables-legacy nat -A KUBE-SERVICES -j ACCEPT'],
  ['rule', 'ip6tables-nft filter -A FORWARD -j FLANNEL-FWD'],
  ['rule', 'iptables nat -A POSTROUTING -s 10.244.0.0/24 -m comment --comment "byo-lab pods" -j CNI-BYO-LAB'],
  ['rule', 'ip6tables filter -A KUBE-FORWARD -j ACCEPT'],
  ['rule', 'iptables filter -A FORWARD -m comment --comment "cali:S93h" -m mark --mark 0x1 -j ACCEPT'],
  [
    'rule',
    'iptables raw -A OUTPUT -d 169.254.20.10/32 -m comment --comment "NodeLocal DNS Cache: skip conntrack" -j CT',
  ],
  ['rule', 'iptables filter -A FORWARD -s 10.244.0.0/16 -j ACCEPT'],
  ['rule', 'nft table ip kube-proxy'],
  ['rule', 'nft ip kube-proxy services: ip daddr 10.96.0.1 accept'],
  ['mount', '/run/netns/cni-0123-ab (nsfs)'],
  ['folder', '/var/lib/etcd'],
  ['set', 'cali40masq-ipam-pools'],
  ['set', 'KUBE-CLUSTER-IP'],
  ['tc', 'eth0 ingress pref 1 bpf cil_from_netdev-eth0'],
  ['pin', 'tc/globals/cilium_ipcache'],
  ['pin', 'cilium'],
])('of the cluster: %s %s', (kind, what) => {
  expect(compare(before, plus({ [kind]: [what] }))).toEqual({ ...NOTHING, known: [{ kind, what }] });
});

// field.md: B01 (a snap refreshed, a package's timer), B28, a NIC, an address, a firewall rule.
test.each<[Kind, string]>([
  ['link', 'veth0'],
  ['link', 'veth01234567890'],
  ['link', 'wg0'],
  ['link', 'xcni0'],
  ['link', 'dummy0'],
  ['address', 'eth0 192.0.2.100/32'],
  ['address', 'tunl0 172.30.0.1/24'],
  ['route', '-4 default via 192.0.2.254 dev eth0 proto static'],
  ['route', '-4 198.51.100.0/24 via 192.0.2.9 dev eth0 proto static'],
  ['route', '-4 198.51.100.0/24 via 192.0.2.9 dev eth0 proto 1170'],
  ['route', '-4 10.0.0.0/8 via 192.0.2.9 dev eth0'],
  ['route', '-4 rule 99: from all lookup main'],
  ['rule', 'iptables filter -A INPUT -m comment --comment "not KUBE-SERVICES" -j ACCEPT'],
  ['rule', 'iptables filter -A INPUT -p tcp --dport 22 -j DROP'],
  ['rule', 'iptables filter -A ufw-user-input -s 10.244.0.0/16 -j ACCEPT'],
  ['rule', 'nft inet filter input: tcp dport 22 drop'],
  ['mount', '/run/netns/blue (nsfs)'],
  ['mount', '/mnt (ext4)'],
  ['mount', '/var/lib/csi2 (ext4)'],
  ['unit', 'enabled fwupd-refresh.timer'],
  ['unit', 'file nvidia-persistenced.service'],
  ['unit', 'file iscsid.service'],
  ['set', 'crowdsec'],
  ['tc', 'eth0 ingress pref 49152 matchall'],
  ['pin', 'systemd'],
])('of the owner, and held against nobody: %s %s', (kind, what) => {
  expect(compare(before, plus({ [kind]: [what] }))).toEqual({ ...NOTHING, owners: [{ kind, what }] });
});

test.each<[Kind, string]>([
  ['address', 'eth0 10.244.1.11/24'],
  ['rule', 'nft ip podnet post: ip saddr 10.244.0.0/16 masquerade'],
  ['unit', 'enabled iscsid.service'],
  ['mount', '/mnt/share (nfs4)'],
  ['mount', '/var/lib/csi/globalmount (ext4)'],
  ['mount', '/var/lib/csi (tmpfs)'],
  ['tc', 'eth0 ingress pref 1 bpf watch_everything'],
])('what would bind the host to its cluster, and nobody knows how to take away: %s %s', (kind, what) => {
  expect(compare(before, plus({ [kind]: [what] }))).toEqual({ ...NOTHING, reach: [{ kind, what }] });
});

/** What binds the host, of a new link of no known name with this on it. */
const bindingOf = (more: Partial<Record<Kind, string[]>>) =>
  compare(before, plus({ link: ['podnet0'], ...more })).reach;

test('a link of an unknown name is the cluster’s when it carries its pods', () => {
  expect(bindingOf({ address: ['podnet0 10.244.3.1/24'] })).toEqual([{ kind: 'link', what: 'podnet0' }]);
  expect(bindingOf({ route: ['-4 10.244.8.0/24 via 10.244.8.0 dev podnet0 onlink'] })).toHaveLength(1);
  expect(bindingOf({ address: ['podnet0 172.17.0.1/16'] })).toEqual([]);
});

test('a rule of the owner’s own table that names the pods is the owner’s', () => {
  const what = 'nft inet guard forward: ip saddr 10.244.0.0/16 accept';
  const was = plus({ rule: ['nft table inet guard'] });
  const now = { ...was, rule: [...(was.rule ?? []), what] };
  expect(compare(was, now)).toEqual({ ...NOTHING, owners: [{ kind: 'rule', what }] });
});

test('the place for programs goes when nothing but known ones hangs there', () => {
  const place = { kind: 'tc', what: 'eth1 clsact' };
  const cilium = 'eth1 ingress pref 1 bpf cil_from_netdev-eth1';
  expect(compare(before, plus({ tc: [place.what, cilium] })).known).toContainEqual(place);
  expect(compare(before, plus({ tc: [place.what, cilium, 'eth1 egress pref 2 u32'] })).owners).toContainEqual(place);
});

test('routes of a BIRD that ran before the claim are its owner’s', () => {
  const [old, fresh] = ['-4 10.1.0.0/16 via 192.0.2.2 dev eth0 proto bird', '-4 10.2.0.0/16 dev eth0 proto bird'];
  const { owners } = compare(plus({ route: [old] }), plus({ route: [old, fresh] }));
  expect(owners).toEqual([{ kind: 'route', what: fresh }]);
});

test('what stands on a new link is one difference with it', () => {
  const now = plus({ link: ['wg0'], address: ['wg0 10.9.0.1/24'], route: ['-4 10.8.0.0/16 dev wg0 scope link'] });
  expect(compare(before, now).owners.map(describeDifference)).toEqual(['link wg0']);
});

test('a setting that changed is put back; one that only came is nobody’s', () => {
  const now = { ...before, sysctl: ['net.ipv4.ip_forward=1', 'net.bridge.bridge-nf-call-iptables=1'] };
  expect(compare(before, now).known.map(describeDifference)).toEqual(['sysctl net.ipv4.ip_forward=1 (was 0)']);
});

test('what is gone, and a module that stays loaded, are held against nobody', () => {
  const { gone, ...rest } = compare(plus({ route: ['-4 x'] }), plus({ module: ['veth'] }));
  expect({ ...rest, gone: [] }).toEqual(NOTHING);
  expect(gone.map(describeDifference)).toEqual(['route -4 x']);
});

test('without a baseline only known kinds are seen; a kind that was not looked at is not judged', () => {
  const now = plus({ link: ['cni0', 'wg0'], folder: ['/var/lib/etcd'], unit: ['file x.service'] });
  expect(compare(undefined, now)).toEqual({ ...NOTHING, known: [{ kind: 'link', what: 'cni0' }] });
  expect(compare({ ...before, unit: undefined }, plus({ unit: ['file x.service'] })).owners).toEqual([]);
});
