// A worker of host2 comes so late that the token in its bootstrap data is gone: it says so, and its replacement joins.
import { beforeAll, expect, test } from 'vitest';
import { writeWorkloadKubeconfig } from '../../../harness/cluster.ts';
import { kubectlOf } from '../../../harness/kubectl.ts';
import { openBench, type Bench } from './bench.ts';
import { HOLD } from './edit-manifests.ts';
import { machineOf, waitForFit, waitForMachineCondition } from './machine.ts';
import { waitForStep } from './moments.ts';
import { applyOneNode, deleteOneNode, inNamespace, say } from './one-node.ts';
import { waitForTwoNodes } from './two-nodes.ts';

const NAME = 'expired';
let bench: Bench;
let late: Bench;

beforeAll(async () => {
  bench = await openBench('host1');
  late = await openBench('host2');
});

const TOKENS = ['-n', 'kube-system', 'delete', 'secrets', '--field-selector', 'type=bootstrap.kubernetes.io/token'];

test('the join token is gone: BootstrapTokenExpired, and nothing is tried again on that Machine', async () => {
  const { instance } = bench;
  await late.host.exec(['touch', HOLD]);
  const joining = { commands: [`while [ -e ${HOLD} ]; do sleep 0.2; done`], discoverySeconds: 15 };
  await applyOneNode(bench, { name: NAME, worker: late.host.name, joining });
  await waitForStep(late, 'join', 'RunBootstrapCommands');
  const worker = await machineOf(bench, NAME, late.host.name);
  const kubeconfig = (await writeWorkloadKubeconfig(instance, NAME)) ?? '';
  await kubectlOf(instance, kubeconfig).run(TOKENS);
  await late.host.exec(['rm', HOLD]);
  const stopped = await waitForMachineCondition(
    ...([bench, NAME, 'BootstrapSucceeded', 'BootstrapTokenExpired', late.host.name] as const),
  );
  say(`  BootstrapSucceeded ${stopped.status}: ${stopped.message}`);
  expect(stopped).toMatchObject({
    status: 'False',
    message: expect.stringContaining('A new Machine gets a new token'),
  });
  await inNamespace(instance, ['delete', 'machine', worker, '--timeout=300s']);
  const { nodes } = await waitForTwoNodes(bench, NAME, 6);
  expect(nodes.map(({ machine }) => machine)).not.toContain(worker);
  await deleteOneNode(bench, NAME);
  await waitForFit(late);
});
