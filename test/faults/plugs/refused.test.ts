// What cannot work, on host2: each is a condition that names cause and remedy, and goes on or away once it is mended.
import { beforeAll, expect, test } from 'vitest';
import { readHost } from '../../../harness/machines.ts';
import { openBench, type Bench } from './bench.ts';
import { emptyStore } from './host-store.ts';
import { applyOneNode, countKubeadm, deleteOneNode } from './one-node.ts';
import { waitForFinding, waitForFit, waitForMachineCondition } from './machine.ts';
import { flipByte, makeForOtherPlatform } from './spoil.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openBench('host2');
  // Whoever finds the whole bundle there fetches nothing, and never meets what is wrong with its source.
  await emptyStore(bench.host);
});

const run = async (script: string): Promise<string> => {
  const { exitCode, stdout, stderr } = await bench.host.exec(['sh', '-c', script]);
  if (exitCode !== 0) throw new Error(`${script}: ${stderr || stdout}`);
  return stdout;
};

test('a bundle with one flipped byte is refused by its digest', async () => {
  await flipByte(bench.host, '/var/log/plugs-bundle');
  await applyOneNode(bench, { name: 'flipped', repo: 'file:///var/log/plugs-bundle' });
  const { reason, message } = await waitForMachineCondition(bench, 'flipped', 'HostPrepared', 'BundleInvalid');
  expect([reason, message]).toEqual(['BundleInvalid', expect.stringMatching(/sha256|digest/)]);
  expect(await run('ls /usr/local/bin')).not.toMatch(/kubelet|containerd/);
  await deleteOneNode(bench, 'flipped');
  await run('rm -rf /var/log/plugs-bundle');
});

test('a bundle for the other architecture is refused, and says which it has', async () => {
  const folder = '/var/log/plugs-other';
  const digest = await makeForOtherPlatform(bench, folder);
  await applyOneNode(bench, { name: 'other', repo: `file://${folder}`, digest });
  const { message } = await waitForMachineCondition(bench, 'other', 'HostPrepared', 'BundleInvalid');
  expect(message).toMatch(/the bundle has no linux\/a\w+64; it has linux\/a\w+64.*--platform/);
  expect(await run('ls /usr/local/bin')).not.toMatch(/kubelet|containerd/);
  await deleteOneNode(bench, 'other');
  await run(`rm -rf ${folder}`);
});

test('a host of an architecture for which nothing is built is not claimed', async () => {
  // As the kernel of a 32-bit machine names it: the agent reads what `uname -m` says to it.
  const dropIn = '/etc/systemd/system/byo-agent.service.d/plugs.conf';
  await run(`mkdir -p $(dirname ${dropIn}) && printf '[Service]\nPersonality=x86\n' > ${dropIn}`);
  await run('systemctl daemon-reload && systemctl restart byo-agent');
  const finding = await waitForFinding(bench, /neither amd64 nor arm64/);
  expect(finding).toMatchObject({ code: 'UnsupportedArchitecture', remedy: expect.stringMatching(/Bring a host/) });
  expect((await readHost(bench.instance, bench.host.name)).spec.claim).toBeUndefined();
  await run(`rm -r $(dirname ${dropIn}) && systemctl daemon-reload && systemctl restart byo-agent`);
  await waitForFit(bench);
});

test('a bootstrap document with keys that are not carried out is refused by their names', async () => {
  const config = { users: [{ name: 'somebody' }], ntp: { servers: ['192.0.2.1'] } };
  await applyOneNode(bench, { name: 'unknown', config });
  const { message } = await waitForMachineCondition(bench, 'unknown', 'BootstrapSucceeded', 'BootstrapDataInvalid');
  expect(message).toMatch(/users/);
  expect(message).toMatch(/ntp/);
  expect(message).toMatch(/before the host is enrolled/);
  expect(await countKubeadm(bench, 'unknown')).toEqual({ began: 0, succeeded: 0 });
  await deleteOneNode(bench, 'unknown');
});

test('the kubelet of k3s makes a host unfit until it is gone', async () => {
  await run('install -m 0755 /bin/true /usr/local/bin/k3s && mkdir -p /var/lib/rancher/k3s');
  const finding = await waitForFinding(bench, /k3s/);
  expect(finding.remedy).not.toBe('');
  expect((await readHost(bench.instance, bench.host.name)).spec.claim).toBeUndefined();
  await run('rm -r /usr/local/bin/k3s /var/lib/rancher');
  await waitForFit(bench);
});

test('a disk with no free space makes a host unfit until there is some', async () => {
  // A small disk with the same content in the place of /var, as after a move to another partition.
  await run('systemctl stop byo-agent && mkdir /run/small && mount -t tmpfs -o size=2g none /run/small');
  await run('cp -a /var/. /run/small/ && mount --bind /run/small /var && systemctl start byo-agent');
  const finding = await waitForFinding(bench, /free on \/var/);
  expect(finding.remedy).toMatch(/Free space/);
  await run('systemctl stop byo-agent && umount /var && umount /run/small && rmdir /run/small');
  await run('systemctl start byo-agent');
  await waitForFit(bench);
});

test('the containerd of Debian makes a host unfit, and stays as it is', async () => {
  await run(
    'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends containerd',
  );
  const before = await run('systemctl show -p MainPID containerd; sha256sum /usr/bin/containerd');
  const finding = await waitForFinding(bench, /containerd/);
  expect(finding.remedy).not.toBe('');
  expect(await run('systemctl show -p MainPID containerd; sha256sum /usr/bin/containerd')).toBe(before);
  await run(
    'DEBIAN_FRONTEND=noninteractive apt-get purge -qy --autoremove containerd && rm -rf /etc/containerd/config.toml',
  );
  // Its data stays when the package goes: they are the owner's until he takes them away.
  await run('mkdir -p /var/lib/containerd/left && touch /var/lib/containerd/left/by-it');
  expect((await waitForFinding(bench, /\/var\/lib\/containerd/)).code).toBe('ZoneNotEmpty');
  await run('rm -rf /var/lib/containerd/* /run/containerd/*');
  await waitForFit(bench);
});
