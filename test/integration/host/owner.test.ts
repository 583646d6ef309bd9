// A machine that has lived with its owner while it was a node: what the owner changed is told, what the pod network left is
// gone in both back ends of iptables, and the host is free again without anybody's doing.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ByoHost } from '../../../api/byo-host.ts';
import { findCondition } from '../../../common/kube/conditions.ts';
import { kubectlOf } from '../../../harness/kubectl.ts';
import { waitFor } from '../../../lab/wait.ts';
import { giveOrder, installWish, openAgentWorld, waitForReport, type AgentWorld } from './agent-world.ts';
import { runOn } from './run-on.ts';

let world: AgentWorld;

beforeAll(async () => {
  world = await openAgentWorld({ light: true });
});

afterAll(() => world.close());

const run = (command: string): Promise<string> => runOn(world.host, command);

/** A refreshed snap, a package with a timer, a file of a package edited, a NIC, an address, a route, a firewall, a setting. */
const BY_OWNER = `set -e
  printf '[Mount]\\nWhat=/dev/null\\nWhere=/snap/core22/1380\\n[Install]\\nWantedBy=multi-user.target\\n' \\
    > /etc/systemd/system/snap-core22-1380.mount
  printf '[Service]\\nExecStart=/bin/true\\n' > /lib/systemd/system/fwupd-refresh.service
  printf '[Timer]\\nOnCalendar=daily\\n[Install]\\nWantedBy=timers.target\\n' > /lib/systemd/system/fwupd-refresh.timer
  systemctl daemon-reload; systemctl enable --now fwupd-refresh.timer
  printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' \\
    > /etc/systemd/system/backup.service
  systemctl enable --now backup.service
  echo 'Edited by its owner' >> /etc/issue
  ip link add nic1 type bridge; ip addr add 198.18.0.5/24 dev nic1; ip link set nic1 up
  ip addr add 203.0.113.7/32 dev eth0; ip route add blackhole 198.51.100.0/24
  iptables -A INPUT -p tcp --dport 8080 -m comment --comment "of the owner" -j ACCEPT
  sysctl -qw net.ipv4.conf.all.log_martians=1`;
const NOTED = ['fwupd-refresh.timer', 'file backup.service', 'link nic1', '203.0.113.7/32', '198.51.100.0/24', '8080'];
const OWNER_STANDS = `set -e
  systemctl is-active fwupd-refresh.timer backup.service; grep -q 'its owner' /etc/issue; ip addr show nic1 | grep -q 198.18
  ip addr show eth0 | grep -q 203.0.113.7; ip route | grep -q 198.51; iptables-save | grep -q 'of the owner'
  test $(sysctl -n net.ipv4.conf.all.log_martians) = 1`;

/** A pod that keeps its data on the host: containerd's own client, since no kubelet runs here. */
const BY_PODS = `set -e
  mkdir -p /var/lib/rook; pause=$(ctr -n k8s.io images list -q | grep -m1 /pause:)
  ctr -n k8s.io run -d --mount type=bind,src=/var/lib/rook,dst=/data,options=rbind:rw $pause rook
  echo secret > /var/lib/rook/mon.key`;

/** As flannel (vxlan, and host-gw's routes without a protocol), Cilium's policy rules and kube-proxy leave it. */
const BY_POD_NETWORK = `set -e
  ip link add flannel.1 type vxlan id 1 dev eth0 dstport 8472; ip addr add 10.244.1.0/32 dev flannel.1
  ip link set flannel.1 up; ip route add 10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink
  ip link add cni0 type bridge; ip addr add 10.244.1.1/24 dev cni0; ip link set cni0 up
  ip route add 10.244.3.0/24 via $(ip -4 route show default | awk '{print $3}') dev eth0
  ip rule add fwmark 0x200/0xf00 lookup 2004 pref 9
  ip rule add lookup local pref 100; ip rule del pref 0
  for tool in iptables-nft iptables-legacy; do
    $tool -t nat -N KUBE-SERVICES; $tool -t nat -A PREROUTING -j KUBE-SERVICES
    $tool -t nat -N FLANNEL-POSTRTG; $tool -t nat -A FLANNEL-POSTRTG -s 10.244.0.0/16 -j MASQUERADE
    $tool -t nat -A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
    $tool -A FORWARD -s 10.244.0.0/16 -j ACCEPT
  done
  tc qdisc add dev eth0 clsact`;
const REMAINS = `ip -o link; ip route show table all; ip rule; iptables-nft-save; iptables-legacy-save; tc qdisc show`;
const OF_POD_NETWORK = /flannel|FLANNEL|cni0|10\.244|KUBE|fwmark|100:\s+from all lookup local|clsact/;

test('what its owner changed is told, what the pod network left is gone, and the host is available again', async () => {
  await (
    await giveOrder(world, installWish(world))
  ).result;
  await run(BY_OWNER);
  await run(BY_PODS);
  await run(BY_POD_NETWORK);
  const ranges = ['10.244.0.0/16', '10.96.0.0/12'];
  const ordered = {
    verb: 'reset',
    operation: 'reset',
    arguments: { skipEtcdMemberRemoval: true, ranges, cluster: 'till' },
  } as const;
  const { message } = await (await giveOrder(world, ordered)).result;
  process.stdout.write(`  ${message}\n`);
  const { notes = [], leftovers } = await waitForReport(world, ({ openClaim }) => openClaim === undefined);
  expect(leftovers).toMatchObject([{ kind: 'Data', path: '/var/lib/rook', cluster: 'till' }]);
  for (const name of NOTED) expect(notes.join('\n')).toContain(name);
  expect(notes.join('\n')).not.toMatch(OF_POD_NETWORK);
  expect(notes.join('\n')).not.toContain('snap');
  await run(OWNER_STANDS);
  const remains = (await run(REMAINS)).split('\n').filter((line) => OF_POD_NETWORK.test(line));
  expect(remains).toEqual([]);
  expect(await run('ip rule | head -1')).toMatch(/^0:\s+from all lookup local/);
  await untilAvailable(/for one cluster: .*\/var\/lib\/rook/);
  // Its owner removes them by hand: the next report says so.
  await run('rm -r /var/lib/rook');
  await untilAvailable(/^$/);
});

async function untilAvailable(message: RegExp): Promise<void> {
  const { instance, host } = world;
  const probe = async () => {
    const { status } = ByoHost.parse(await kubectlOf(instance).get(['byohost', host.name]));
    const available = findCondition(status?.conditions, 'Available');
    return available?.status === 'True' && message.test(available.message)
      ? undefined
      : JSON.stringify(available ?? 'no condition');
  };
  await waitFor('the host to be available', probe, { timeoutMs: 120_000, everyMs: 500 });
}
