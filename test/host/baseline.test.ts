// Proven clean, on a real machine: what a node leaves is removed, what is somebody's is named and kept, and what blocks waits.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HostHandle } from '../../lab/index.ts';
import { giveOrder, installWish, openAgentWorld, waitForReport, type AgentWorld } from './agent-world.ts';
import { joinWish } from './bootstrap-document.ts';

let world: AgentWorld;
let untouched: string[];
let withAgent: string[];

async function keepUntouched(host: HostHandle): Promise<void> {
  untouched = await listMachine(host);
}

beforeAll(async () => {
  world = await openAgentWorld({ name: 'cleantest', beforeAgent: keepUntouched });
});

afterAll(() => world.close());

async function run(command: string, host = world.host): Promise<string> {
  const { exitCode, stdout, stderr } = await host.exec(['sh', '-c', command]);
  if (exitCode !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout.trim();
}

/** Files that a running machine writes by itself, and what the lab itself puts on its hosts. */
const MOVING =
  /^\/(var\/(log|tmp|cache|lib\/(systemd|private|dbus|containerd|kubelet))|etc\/(machine-id|resolv.conf|containerd))(\/|$)|^\/(tmp|run|root)$/;

/** Every path of the root file system with type, mode, owner and size, links, rules, routes and units. */
async function listMachine(host: HostHandle): Promise<string[]> {
  const files = await run(`find / -xdev -printf '%p %y %m %u:%g %l\\n'`, host);
  const state = await run(
    `ip -o link | awk '{print "link", $2}'; ip route | sed 's/^/route /'; iptables-save | grep ^-A;
     systemctl list-units --all --plain --no-legend --full --type=service,mount | awk '{print "unit", $1, $3}';
     ls -d /run/netns/* /run/cni* /run/byo* 2>/dev/null; true`,
    host,
  );
  const lines = `${files}\n${state}`.split('\n');
  return lines.filter(
    (line) => !MOVING.test(line.split(' ')[0] ?? '') && !/^unit (user|session|dbus-org|systemd-)/.test(line),
  );
}

const AGENTS = /^\/(var\/lib|run)\/byo-agent(\/|$)/;

/** Lines that came and went; `but` leaves out what a host keeps between two claims. */
function compare(before: readonly string[], now: readonly string[], but?: RegExp): string[] {
  const [old, current] = [new Set(before), new Set(now)];
  const gone = before.filter((line) => !current.has(line)).map((line) => `- ${line}`);
  const come = now.filter((line) => !old.has(line)).map((line) => `+ ${line}`);
  return [...gone, ...come].filter((line) => !but?.test(line.slice(2)));
}

const resetWish = (operation: string) =>
  ({ verb: 'reset', operation, arguments: { skipEtcdMemberRemoval: false } }) as const;

const LEFT_BY_PODS = `set -e
  ip link add cni0 type bridge && ip addr add 10.244.0.1/24 dev cni0 && ip link set cni0 up
  ip link add veth0123abcd type veth peer name veth4567abcd; ip link add flannel.1 type bridge
  ip route add 10.244.7.0/24 via $(ip -4 route show default | awk '{print $3}') proto 117
  iptables -t nat -N CNI-BYO-LAB && iptables -t nat -A CNI-BYO-LAB -j MASQUERADE
  iptables -t nat -A POSTROUTING -s 10.244.0.0/24 -m comment --comment "byo-lab pods" -j CNI-BYO-LAB
  mkdir -p /run/netns /run/cni-ipam-state/byo-lab && touch /run/netns/cni-0001 /run/cni-ipam-state/byo-lab/10.244.0.2
  mount --bind /proc/self/ns/net /run/netns/cni-0001
  mkdir -p /etc/cni/net.d && echo '{}' > /etc/cni/net.d/10-byo-lab.conflist`;

const FOREIGN = `
  set -e
  iptables -A INPUT -p tcp --dport 8080 -m comment --comment "of the owner" -j ACCEPT
  ip route add blackhole 198.51.100.0/24
  ip link add owner0 type bridge; ip addr add 203.0.113.7/32 dev eth0
  mkdir -p /mnt/owner && mount -t tmpfs none /mnt/owner
  printf '[Service]\\nExecStart=/bin/true\\n' > /etc/systemd/system/owner.service`;

const FOREIGN_AWAY = `set -e
  iptables -D INPUT -p tcp --dport 8080 -m comment --comment "of the owner" -j ACCEPT
  ip route del blackhole 198.51.100.0/24; ip link del owner0; ip addr del 203.0.113.7/32 dev eth0
  umount /mnt/owner; rmdir /mnt/owner; rm /etc/systemd/system/owner.service`;

test('a node is reset to a host that differs in nothing, though pods left links, rules, routes and namespaces', async () => {
  withAgent = await listMachine(world.host);
  await (
    await giveOrder(world, installWish(world))
  ).result;
  await (
    await giveOrder(world, joinWish({ hostID: world.hostID }))
  ).result;
  await run(LEFT_BY_PODS);
  await (
    await giveOrder(world, resetWish('reset'))
  ).result;
  await waitForReport(world, ({ openClaim, quarantine }) => openClaim === undefined && quarantine === undefined);
  expect(compare(withAgent, await listMachine(world.host), AGENTS)).toEqual([]);
});

const NAMED = ['8080', 'blackhole 198.51.100.0/24', 'link owner0', '203.0.113.7/32', '/mnt/owner', 'owner.service'];

test('what is somebody else’s is named one by one, kept, and the host says so itself', async () => {
  const order = (wish: Parameters<typeof giveOrder>[1]) =>
    giveOrder(world, { ...wish, generation: 2, incarnation: 'second' });
  await (
    await order(installWish(world, 2))
  ).result;
  await run(`${LEFT_BY_PODS}\n${FOREIGN}`);
  await expect((await order(resetWish('reset'))).result).rejects.toMatchObject({ cause: { type: 'NotClean' } });
  const { quarantine } = await waitForReport(world, (report) => report.quarantine !== undefined);
  expect(quarantine?.reason).toBe('NotClean');
  for (const name of NAMED) expect(quarantine?.message).toContain(name);
  expect(quarantine?.message).not.toMatch(/cni|CNI|flannel|veth|117/);
  expect(await run('iptables-save | grep -c owner; ip link show owner0 | wc -l; ip route | grep -c 198')).toBe(
    '1\n2\n1',
  );
  await run('systemctl restart byo-agent');
  await waitForReport(world, (report) => report.quarantine?.reason === 'NotClean');
});

test('a foreign mount inside a zone blocks, nothing below it is touched, and without it the reset ends by itself', async () => {
  await run(
    `${FOREIGN_AWAY}; mkdir -p /var/lib/etcd/disk; mount -t tmpfs none /var/lib/etcd/disk; touch /var/lib/etcd/disk/a`,
  );
  const { result } = await giveOrder(world, { ...resetWish('reset#1'), generation: 2, incarnation: 'second' });
  const { quarantine } = await waitForReport(world, (report) => report.quarantine?.reason === 'ResetBlocked');
  expect(quarantine?.message).toContain('/var/lib/etcd/disk');
  await run('test -e /var/lib/etcd/disk/a && umount /var/lib/etcd/disk');
  await result;
  const report = await waitForReport(world, ({ openClaim }) => openClaim === undefined);
  expect(report.quarantine).toBeUndefined();
  expect(compare(withAgent, await listMachine(world.host), AGENTS)).toEqual([]);
});

test('with a damaged journal the host says so, obeys nobody, and works again once a person has cleared it', async () => {
  const journal = '/var/lib/byo-agent/journal.sqlite';
  await run(
    `systemctl stop byo-agent; head -c 8192 /dev/zero > ${journal}; rm -f ${journal}-*; systemctl start byo-agent`,
  );
  await waitForReport(world, ({ quarantine }) => quarantine?.reason === 'JournalDamaged');
  const { result } = await giveOrder(world, installWish(world, 3));
  await expect(result).rejects.toMatchObject({ cause: { type: 'JournalDamaged', nonRetryable: true } });
  await run(`rm ${journal}*; systemctl restart byo-agent`);
  const report = await waitForReport(world, ({ quarantine }) => quarantine === undefined);
  expect(report.findings).toEqual([]);
});

test('uninstalled with --purge, the machine is as it was before the agent', async () => {
  await run('sh /usr/local/lib/byo-agent/current/uninstall.sh --purge');
  expect(compare(untouched, await listMachine(world.host))).toEqual([]);
});
