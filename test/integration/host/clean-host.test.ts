// The comparison of a host with its earlier self, on a real machine: nothing of its own making, and every planted difference.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALLOWED_DIFFERENCES } from '../../../harness/allowed-differences.ts';
import { compareSnapshots, describeDifference } from '../../../harness/compare-snapshots.ts';
import { takeSnapshot, type HostSnapshot } from '../../../harness/host-snapshot.ts';
import { startInstance, stopInstance, type HostHandle } from '../../../lab/index.ts';
import { instanceNameOf } from '../../support/instance-name.ts';

const NAME = instanceNameOf('cleantest');
const say = (line: string): void => void process.stdout.write(`  ${line}\n`);
let host: HostHandle;
let before: HostSnapshot;

beforeAll(async () => {
  await stopInstance(NAME, say);
  const instance = await startInstance({ name: NAME, hosts: 1, controlPlane: false, temporal: false, onProgress: say });
  const [first] = instance.hosts;
  if (!first) throw new Error('the lab gave no host');
  host = first;
  before = await takeSnapshot(host);
});

afterAll(async () => stopInstance(NAME, say));

async function run(script: string): Promise<void> {
  const { exitCode, stderr } = await host.exec(['sh', '-ec', script]);
  if (exitCode !== 0) throw new Error(`${script}: ${stderr}`);
}

async function listDifferences(): Promise<string[]> {
  return compareSnapshots(before, await takeSnapshot(host), ALLOWED_DIFFERENCES).map(describeDifference);
}

const UNIT = 'printf "[Service]\\nExecStart=/bin/sleep 600\\n" > /etc/systemd/system/planted.service';
const PACKAGE =
  'printf "\\nPackage: planted\\nStatus: install ok installed\\nMaintainer: x\\nArchitecture: all\\nVersion: 1\\nDescription: x\\n"';

const PLANTS: [kind: string, plant: string, remove: string, found: RegExp][] = [
  ['file', 'echo x > "/etc/planted file"', 'rm "/etc/planted file"', /^file \/etc\/planted file came/],
  [
    'content of the same size',
    'cp -p /etc/issue /root/kept; tr a-z b-za < /root/kept > /etc/issue',
    'cp -p /root/kept /etc/issue; rm /root/kept',
    /^file \/etc\/issue changed/,
  ],
  [
    'mode',
    'chmod 600 /etc/issue.net',
    'chmod 644 /etc/issue.net',
    /^file \/etc\/issue\.net changed from f 644 .* to f 600/,
  ],
  [
    'owner',
    'chown 1:1 /etc/debian_version',
    'chown 0:0 /etc/debian_version',
    /^file \/etc\/debian_version changed from .* to f 644 1:1/,
  ],
  [
    'file on a volume',
    'touch /var/lib/kubelet/planted',
    'rm /var/lib/kubelet/planted',
    /^file \/var\/lib\/kubelet\/planted came/,
  ],
  [
    'sysctl',
    'sysctl -qw net.ipv4.conf.all.log_martians=1',
    'sysctl -qw net.ipv4.conf.all.log_martians=0',
    /^sysctl net\.ipv4\.conf\.all\.log_martians changed from 0 to 1/,
  ],
  ['mount', 'mount -t tmpfs none /mnt', 'umount /mnt', /^mount \/mnt tmpfs .*came/],
  [
    'mount on itself',
    'mount --bind /var/lib/kubelet /var/lib/kubelet',
    'umount /var/lib/kubelet',
    /^mount \/var\/lib\/kubelet .*changed from 1 to 2/,
  ],
  ['link', 'ip link add planted0 type bridge', 'ip link delete planted0', /^link planted0 came/],
  [
    'address',
    'ip address add 192.0.2.1/32 dev eth0',
    'ip address delete 192.0.2.1/32 dev eth0',
    /^address eth0 inet 192\.0\.2\.1/,
  ],
  [
    'route',
    'ip route add blackhole 198.51.100.0/24',
    'ip route delete blackhole 198.51.100.0/24',
    /^route .*198\.51\.100/,
  ],
  ['policy rule', 'ip rule add pref 99 lookup main', 'ip rule delete pref 99', /^rule ip rule 99:/],
  [
    'firewall rule',
    'iptables -A INPUT -s 192.0.2.9 -j DROP',
    'iptables -D INPUT -s 192.0.2.9 -j DROP',
    /^rule iptables filter -A INPUT -s 192\.0\.2\.9/,
  ],
  [
    'unit',
    `${UNIT}; systemctl daemon-reload; systemctl start planted`,
    'systemctl stop planted; rm /etc/systemd/system/planted.service; systemctl daemon-reload',
    /^unit planted\.service came/,
  ],
  [
    'package',
    `cp -p /var/lib/dpkg/status /root/status; ${PACKAGE} >> /var/lib/dpkg/status`,
    'cp -p /root/status /var/lib/dpkg/status; rm /root/status',
    /^package planted/,
  ],
  [
    'process',
    'cp /bin/sleep /run/planted; setsid /run/planted 600 < /dev/null > /dev/null 2>&1 &',
    'kill $(grep -l "^planted$" /proc/[0-9]*/comm | cut -d/ -f3)',
    /^process planted came/,
  ],
];

test('a host at rest does not differ from itself', async () => {
  expect(await listDifferences()).toEqual([]);
});

test('each planted difference is found, and none when they are taken away', async () => {
  for (const [, plant] of PLANTS) await run(plant);
  const planted = await listDifferences();
  for (const [, , remove] of PLANTS.toReversed()) await run(remove);
  const found = PLANTS.filter(([, , , wanted]) => planted.some((line) => wanted.test(line))).map(([kind]) => kind);
  expect(found).toEqual(PLANTS.map(([kind]) => kind));
  expect(await listDifferences()).toEqual([]);
});
