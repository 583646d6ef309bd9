// A host as it is seen from outside, line by line, and what is planted there: remains of a node, and things of its owner.
import type { HostHandle } from '../../../lab/index.ts';
import { runOn } from './run-on.ts';

/** Files that a running machine writes by itself, and what the lab itself puts on its hosts. */
const MOVING =
  /^\/(var\/(log|tmp|cache|lib\/(systemd|private|dbus|apt|containerd|kubelet))|etc\/(machine-id|resolv.conf|containerd))(\/|$)|^\/(tmp|run|root)$/;
const MOVING_UNIT = /^unit (user|session|dbus-org|systemd-)/;

const LIST = `find / -xdev -printf '%p %y %m %u:%g %l\\n'
ip -o link | awk '{print "link", $2}'; ip route | sed 's/^/route /'; iptables-save | grep ^-A
systemctl list-units --all --plain --no-legend --full --type=service,mount | awk '{print "unit", $1, $3}'
ls -d /run/netns/* /run/cni* /run/byo* 2>/dev/null; true`;

/** Every path of the root file system with type, mode and owner; links, rules, routes, units. */
export async function listMachine(host: HostHandle): Promise<string[]> {
  const lines = (await runOn(host, LIST)).split('\n');
  return lines.filter((line) => !MOVING.test(line.split(' ')[0] ?? '') && !MOVING_UNIT.test(line));
}

/** What the agent keeps between two claims. */
export const KEPT = /^\/(var\/lib|run)\/byo-agent(\/|$)/;

/** Lines that came and went, but those that `but` names. */
export function compareListings(before: readonly string[], now: readonly string[], but?: RegExp): string[] {
  const [old, current] = [new Set(before), new Set(now)];
  const gone = before.filter((line) => !current.has(line)).map((line) => `- ${line}`);
  const come = now.filter((line) => !old.has(line)).map((line) => `+ ${line}`);
  return [...gone, ...come].filter((line) => !but?.test(line.slice(2)));
}

/** As pods and their network leave it when nobody takes it down. */
export const LEFT_BY_PODS = `set -e
  ip link add cni0 type bridge && ip addr add 10.244.0.1/24 dev cni0 && ip link set cni0 up
  ip link add veth0123abcd type veth peer name veth4567abcd; ip link add flannel.1 type bridge
  ip route add 10.244.7.0/24 via $(ip -4 route show default | awk '{print $3}') proto 117
  iptables -t nat -N CNI-BYO-LAB && iptables -t nat -A CNI-BYO-LAB -j MASQUERADE
  iptables -t nat -A POSTROUTING -s 10.244.0.0/24 -m comment --comment "byo-lab pods" -j CNI-BYO-LAB
  mkdir -p /run/netns /run/cni-ipam-state/byo-lab && touch /run/netns/cni-0001 /run/cni-ipam-state/byo-lab/10.244.0.2
  mount --bind /proc/self/ns/net /run/netns/cni-0001
  mkdir -p /etc/cni/net.d && echo '{}' > /etc/cni/net.d/10-byo-lab.conflist`;

/** Arguments of a reset that knows where `LEFT_BY_PODS` and `BINDING` have their addresses from. */
export const PODS = { skipEtcdMemberRemoval: false, ranges: ['10.244.0.0/16'] };
/** A link of no known name that carries the pods of the cluster: nobody knows how to take that down. */
export const BINDING = 'ip link add podnet0 type bridge; ip addr add 10.244.5.1/24 dev podnet0';

/** One of each kind that its owner may have changed meanwhile: told, and held against nobody. */
export const FOREIGN = `set -e
  iptables -A INPUT -p tcp --dport 8080 -m comment --comment "of the owner" -j ACCEPT
  ip route add blackhole 198.51.100.0/24
  ip link add owner0 type bridge; ip addr add 203.0.113.7/32 dev eth0
  mkdir -p /mnt/owner && mount -t tmpfs none /mnt/owner
  printf '[Service]\\nExecStart=/bin/true\\n' > /etc/systemd/system/owner.service`;
/** How each is named. */
export const FOREIGN_NAMES = [
  '8080',
  'blackhole 198.51',
  'link owner0',
  '203.0.113.7/32',
  '/mnt/owner',
  'owner.service',
];
/** That all of it is still there. */
export const FOREIGN_STANDS = `set -e
  iptables-save | grep -q owner; ip link show owner0; ip route | grep -q 198.51; ip addr show eth0 | grep -q 203.0.113.7
  mountpoint /mnt/owner; test -e /etc/systemd/system/owner.service`;
export const TAKE_FOREIGN_AWAY = `set -e
  iptables -D INPUT -p tcp --dport 8080 -m comment --comment "of the owner" -j ACCEPT
  ip route del blackhole 198.51.100.0/24; ip link del owner0; ip addr del 203.0.113.7/32 dev eth0
  umount /mnt/owner; rmdir /mnt/owner; rm /etc/systemd/system/owner.service`;
