// Cluster API's remediation of a machine that is stuck in bootstrap, on host1: cleaned, and the replacement joins.
import { beforeAll, expect, test } from 'vitest';
import { CLUSTER } from '../../../harness/cluster.ts';
import { kubectlOf } from '../../../harness/kubectl.ts';
import { openBench, type Bench } from './bench.ts';
import { HOLD } from './edit-manifests.ts';
import { machineOf } from './machine.ts';
import { waitForStep } from './moments.ts';
import { applyOneNode, countKubeadm, deleteOneNode, inNamespace, waitForNode } from './one-node.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await openBench('host1');
});

const healthCheck = (cluster: string) => ({
  apiVersion: 'cluster.x-k8s.io/v1beta2',
  kind: 'MachineHealthCheck',
  metadata: { name: cluster, namespace: CLUSTER.namespace },
  spec: {
    clusterName: cluster,
    selector: { matchLabels: { 'cluster.x-k8s.io/cluster-name': cluster } },
    checks: { nodeStartupTimeoutSeconds: 3600 },
  },
});

test('a machine whose pre-kubeadm command hangs is replaced on the same host', async () => {
  const { instance, host } = bench;
  await host.exec(['touch', HOLD]);
  await applyOneNode(bench, { name: 'stuck' });
  await waitForStep(bench, 'join', 'RunBootstrapCommands');
  const stuck = await machineOf(bench, 'stuck');
  await kubectlOf(instance).run(['apply', '-f', '-'], JSON.stringify(healthCheck('stuck')));
  await inNamespace(instance, ['annotate', `machine/${stuck}`, 'cluster.x-k8s.io/remediate-machine=']);
  await inNamespace(instance, ['wait', '--for=delete', `byomachine/${stuck}`, '--timeout=300s']);
  await host.exec(['rm', HOLD]);
  const node = await waitForNode(bench, 'stuck');
  expect(node).toMatchObject({ host: host.name });
  expect(node.machine).not.toBe(stuck);
  expect(await countKubeadm(bench, 'stuck')).toEqual({ began: 2, succeeded: 1 });
  await deleteOneNode(bench, 'stuck');
});
