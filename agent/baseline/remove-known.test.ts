import { afterEach, expect, test } from 'vitest';
import { createFakeHost, type FakeHost } from '../host/fake-host.ts';
import { createRanges } from '../linux/ranges.ts';
import type { Baseline } from './baseline.ts';
import { removeKnown } from './remove-known.ts';

const REACH = { ranges: createRanges(['10.244.0.0/16']), units: [], mounts: [], folders: [] };
/** A machine that had nothing of any kind. */
const BARE: Baseline = { link: [], address: [], route: [], rule: [], mount: ['/ (ext4)'], set: [], tc: [], pin: [] };

const open: FakeHost[] = [];
afterEach(async () => {
  for (const host of open.splice(0)) await host.remove();
});

/** `answers`: what a command says, by its first words. */
async function openHost(answers: Record<string, string> = {}): Promise<{ host: FakeHost; input: string[] }> {
  const host = await createFakeHost();
  open.push(host);
  const input: string[] = [];
  host.onRun((argv, given) => {
    if (given) input.push(`${argv[0]}: ${given.toString()}`);
    const said = argv.join(' ');
    const found = Object.keys(answers).find((start) => said.startsWith(start));
    return found === undefined ? undefined : { stdout: answers[found] ?? '' };
  });
  return { host, input };
}

const commandsOf = ({ commands }: FakeHost): string[] => commands.map((argv) => argv.join(' '));

test('known remains are removed by their own commands, what does not go is answered', async () => {
  const { host } = await openHost({
    'nft --stateless list': 'table ip kube-proxy {\n}\n',
    'ip -4 route show': '10.1.0.0/24 via 192.0.2.9 dev eth0 proto 117\n',
  });
  await host.put('/sys/class/net/cni0/mtu', '1500');
  const { known } = await removeKnown(host, undefined, REACH);
  expect(commandsOf(host)).toContain('ip link delete cni0');
  expect(commandsOf(host)).toContain('nft delete table ip kube-proxy');
  expect(known.map(({ what }) => what)).toContain('cni0');
});

test('a route of flannel’s host-gw, which says no protocol, goes by the ranges of the cluster', async () => {
  const { host } = await openHost({ 'ip -4 route show': '10.244.7.0/24 via 192.0.2.12 dev eth0\n' });
  await removeKnown(host, BARE, REACH);
  expect(commandsOf(host)).toContain('ip -4 route delete 10.244.7.0/24 via 192.0.2.12 dev eth0');
});

const CILIUM =
  '9:\tfrom all fwmark 0x200/0xf00 lookup 2004\n100:\tfrom all lookup local\n32766:\tfrom all lookup main\n';

test('Cilium’s rules go, and the kernel’s first rule is back before the one that stood in for it goes', async () => {
  const { host } = await openHost();
  let local = '';
  host.onRun((argv) => {
    if (argv[2] !== 'rule') return undefined;
    if (argv[3] === 'add') local = '0:\tfrom all lookup local\n';
    return { stdout: local + CILIUM };
  });
  await removeKnown(
    host,
    { ...BARE, route: ['-4 rule 0: from all lookup local', '-4 rule 32766: from all lookup main'] },
    REACH,
  );
  const said = commandsOf(host).filter((line) => / rule (add|delete) /.test(line));
  expect(said).toEqual([
    'ip -4 rule delete priority 9 from all fwmark 0x200/0xf00 lookup 2004',
    'ip -4 rule add priority 0 from all lookup local',
    'ip -4 rule delete priority 100 from all lookup local',
  ]);
});

test('a machine whose first rule does not come back keeps the one that stands in for it', async () => {
  const { host } = await openHost({ 'ip -4 rule show': CILIUM });
  const { known } = await removeKnown(host, BARE, REACH);
  expect(commandsOf(host).filter((line) => line.includes('delete priority 100'))).toEqual([]);
  expect(known.map(({ what }) => what)).toContain('-4 rule 100: from all lookup local');
});

test('a tunnel of the kernel’s own loses its address and is put down', async () => {
  const links = [{ ifname: 'tunl0', addr_info: [{ local: '192.168.77.0', prefixlen: 32, scope: 'global' }] }];
  const { host } = await openHost({ 'ip -j address show': JSON.stringify(links) });
  await removeKnown(host, BARE, REACH);
  const said = commandsOf(host).filter((line) => line.includes('tunl0'));
  expect(said).toEqual(['ip address delete 192.168.77.0/32 dev tunl0', 'ip link set tunl0 down']);
});

const SAVED =
  '*nat\n:KUBE-SERVICES - [0:0]\n-A OUTPUT -j KUBE-SERVICES\n-A POSTROUTING -s 10.244.0.0/16 -j MASQUERADE\nCOMMIT\n';

test('rules go in the back end where they stand, those without a name by their own words', async () => {
  const { host, input } = await openHost({
    'iptables --version': 'iptables v1.8.9 (nf_tables)\n',
    'iptables-legacy-save': SAVED,
  });
  await removeKnown(host, BARE, REACH);
  const scripts = host.commands.filter(([command]) => command === 'sh').map(([, , , , ...tools]) => tools);
  expect(scripts).toEqual([['iptables-legacy']]);
  expect(input).toEqual(['iptables-legacy-restore: *nat\n-D POSTROUTING -s 10.244.0.0/16 -j MASQUERADE\nCOMMIT\n']);
});

test('a kernel without the other back end has no rules there', async () => {
  const { host } = await openHost();
  host.onRun(([command = '']) => (command.includes('-nft') ? { exitCode: 1, stderr: 'no nf_tables' } : undefined));
  expect(await removeKnown(host, BARE, REACH)).toMatchObject({ known: [], reach: [] });
});

test('sets, programs on a NIC and what is pinned go; what hangs there last goes first', async () => {
  const { host } = await openHost({
    'ipset list': 'cali40masq-ipam-pools\n',
    'tc qdisc show': 'qdisc noqueue 0: dev lo root refcnt 2\nqdisc clsact ffff: dev eth0 parent ffff:fff1 \n',
    'tc filter show dev eth0 ingress':
      'filter protocol all pref 1 bpf chain 0 \nfilter protocol all pref 1 bpf chain 0 handle 0x1 cil_from_netdev-eth0 direct-action not_in_hw id 9\n',
  });
  await host.put('/sys/class/net/eth0/mtu', '1500');
  await host.put('/sys/fs/bpf/cilium/x', '');
  await host.put('/sys/fs/bpf/tc/globals/cilium_ipcache', '');
  await host.put('/sys/fs/bpf/tc/globals/of_somebody', '');
  await removeKnown(host, { ...BARE, link: ['eth0'] }, REACH);
  expect(await host.list('/sys/fs/bpf/cilium')).toEqual([]);
  expect(commandsOf(host).filter((line) => /^(ipset destroy|tc .* delete|rm )/.test(line))).toEqual([
    'rm -- /sys/fs/bpf/tc/globals/cilium_ipcache',
    'rm -- /sys/fs/bpf/cilium',
    'ipset destroy cali40masq-ipam-pools',
    'tc filter delete dev eth0 ingress pref 1',
    'tc qdisc delete dev eth0 clsact',
  ]);
});
