// What the owner of host2 keeps in the folders of a node: the host is unfit for it, and when he says that it stays, no
// failed bootstrap and no release touches a byte of it. A folder that is a link to another disk is one of a node all the same.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readHost } from '../../../harness/machines.ts';
import { openBench, type Bench } from './bench.ts';
import { waitForFinding, waitForFit, waitForMachineCondition } from './machine.ts';
import { applyOneNode, deleteOneNode, say, waitForNode } from './one-node.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openBench('host2');
});

afterAll(() => run(`${CLEAR}; rm -f /etc/byo-agent/accepted-zones`));

const run = async (script: string): Promise<string> => {
  const { exitCode, stdout, stderr } = await bench.host.exec(['sh', '-c', script]);
  if (exitCode !== 0) throw new Error(`${script}: ${stderr || stdout}`);
  return stdout;
};

/** As Debian's etcd, an operator's kubeconfig, plugins of a package and a containerd below /opt leave them. */
const OWNERS = ['/var/lib/etcd/default', '/etc/kubernetes/fleet', '/opt/cni/bin/theirs', '/var/lib/containerd/theirs'];
const PUT = `set -e; umask 022
mkdir -p /var/lib/etcd/default/member/snap /etc/kubernetes/fleet/pki /opt/cni/bin /var/lib/containerd/theirs/blobs
head -c 300000 /dev/urandom > /var/lib/etcd/default/member/snap/db; chmod 600 /var/lib/etcd/default/member/snap/db
echo kubeconfig > /etc/kubernetes/fleet/admin.conf; ln -s ../admin.conf /etc/kubernetes/fleet/pki/link
cp /bin/true /opt/cni/bin/theirs; head -c 100000 /dev/urandom > /var/lib/containerd/theirs/blobs/one; chown -R 7:7 /var/lib/containerd/theirs`;
const CLEAR = `rm -rf ${OWNERS.join(' ')}; rmdir /var/lib/etcd /etc/kubernetes /opt/cni/bin /opt/cni 2>/dev/null || true`;
const ZONES = ['/var/lib/etcd', '/etc/kubernetes', '/opt/cni', '/var/lib/containerd'];

/** Every file of the owner's: kind, mode, owner, time, target, content. */
const hashTree = (paths: readonly string[]): Promise<string> =>
  run(`find ${paths.join(' ')} -printf '%p %y %m %U:%G %l\\n' | sort
find ${paths.join(' ')} -type f -printf '%T@ %p\\n' | sort; find ${paths.join(' ')} -type f -exec sha256sum {} + | sort`);

test('an owner’s etcd, kubeconfigs, CNI plugins and containerd data make a host unfit, by name', async () => {
  await run(PUT);
  const { code, message, remedy } = await waitForFinding(bench, /a node keeps its own files/);
  expect(code).toBe('ZoneNotEmpty');
  for (const zone of ZONES) expect(message).toContain(zone);
  expect(message).toContain('/var/lib/etcd (default/member/snap/db)');
  expect(remedy).toContain('byo-agent accept-zone');
  say(`  ${message}`);
  expect((await readHost(bench.instance, bench.host.name)).spec.claim).toBeUndefined();
});

test('accepted to stay: a control plane that fails, its resets and its release leave every byte as it was', async () => {
  const before = await hashTree(OWNERS);
  for (const zone of ZONES) say(`  ${(await run(`byo-agent accept-zone ${zone} --keep`)).trim()}`);
  await waitForFit(bench);
  await applyOneNode(bench, { name: 'refusing' });
  const { message } = await waitForMachineCondition(bench, 'refusing', 'BootstrapSucceeded', 'BootstrapFailed');
  expect(message).toMatch(/var-lib-etcd|\/var\/lib\/etcd/);
  expect(await hashTree(OWNERS)).toBe(before);
  await deleteOneNode(bench, 'refusing');
  expect(await hashTree(OWNERS)).toBe(before);
  say(`  ${before.trim().split('\n').length} lines of owner's files, unchanged`);
}, 900_000);

test('behind a link to another disk: a node comes and goes, the link and the owner’s files stay', async () => {
  // The disk that the lab mounts there, elsewhere, with a folder of it in its place.
  const linked = `set -e; mkdir -p /data; mkdir /data/disk; mount --make-private /
mount --move /var/lib/containerd /data/disk; mount --make-shared /; rmdir /var/lib/containerd; mkdir /data/disk/state
mv /data/disk/theirs /data/disk/state/; ln -s /data/disk/state /var/lib/containerd; rm -rf /var/lib/etcd/default`;
  await run(linked);
  const owners = OWNERS.slice(1).map((path) => path.replace('/var/lib/containerd', '/data/disk/state'));
  const before = await hashTree(owners);
  await applyOneNode(bench, { name: 'linked' });
  expect((await waitForNode(bench, 'linked')).host).toBe(bench.host.name);
  expect(await run('ls /data/disk/state')).toContain('io.containerd.snapshotter.v1.overlayfs');
  await deleteOneNode(bench, 'linked');
  expect(await run('readlink /var/lib/containerd; ls -A /data/disk/state')).toBe('/data/disk/state\ntheirs\n');
  expect(await hashTree(owners)).toBe(before);
  await run(`set -e; rm /var/lib/containerd; mkdir /var/lib/containerd; rm -rf /data/disk/state; mount --make-private /
mount --move /data/disk /var/lib/containerd; mount --make-shared /; rm -r /data`);
  await run(`${CLEAR}; rm /etc/byo-agent/accepted-zones`);
  await waitForFit(bench);
}, 900_000);
