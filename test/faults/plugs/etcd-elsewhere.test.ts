// A control plane that keeps etcd and its certificates on a disk of its own, deleted and created again on the same host:
// nothing of the first is left for the second, nor for anybody else.
import { beforeAll, expect, test } from 'vitest';
import { takeSnapshot } from '../../../harness/host-snapshot.ts';
import { openBench, type Bench } from './bench.ts';
import { listDifferences } from './host-differences.ts';
import { waitForFit } from './machine.ts';
import { applyOneNode, countKubeadm, deleteOneNode, say, waitForNode } from './one-node.ts';

const NAME = 'elsewhere';
const FOLDERS = ['/data/etcd', '/data/pki', '/data/kubelet'];
let bench: Bench;

beforeAll(async () => {
  bench = await openBench('host1');
});

/** As the manifests of a KubeadmControlPlane have them; the rest of the lab's own settings stays. */
const CONFIG = {
  clusterConfiguration: { certificatesDir: '/data/pki', etcd: { local: { dataDir: '/data/etcd' } } },
  initConfiguration: {
    patches: { directory: '/etc/kubernetes/patches' },
    nodeRegistration: {
      ignorePreflightErrors: ['SystemVerification'],
      kubeletExtraArgs: [{ name: 'root-dir', value: '/data/kubelet' }],
    },
  },
};

/** What a node has put there; nothing in a folder that is missing. */
async function look(path: string): Promise<string> {
  return (await bench.host.exec(['find', path, '-mindepth', '1', '-maxdepth', '1', '-printf', '%f '])).stdout.trim();
}

test('etcd in /data/etcd: Ready, deleted, Ready again on the same host, and nothing of the first is left', async () => {
  await waitForFit(bench);
  const before = await takeSnapshot(bench.host);
  for (const life of ['first', 'second']) {
    await applyOneNode(bench, { name: NAME, config: CONFIG });
    await waitForNode(bench, NAME);
    expect(await countKubeadm(bench, NAME)).toEqual({ began: 1, succeeded: 1 });
    const [etcd, certificates, kubelet] = await Promise.all(FOLDERS.map(look));
    expect(etcd).toContain('member');
    expect(certificates).toContain('ca.key');
    expect(kubelet).toContain('pods');
    say(`  ${life} node Ready: ${FOLDERS.join(', ')} are in use`);
    await deleteOneNode(bench, NAME);
    expect(await Promise.all(FOLDERS.map(look))).toEqual(['', '', '']);
  }
  await bench.host.exec(['rm', '-f', '/var/log/plugs-began', '/var/log/plugs-ended']);
  expect(await listDifferences(before, bench.host)).toEqual([]);
}, 1_200_000);
