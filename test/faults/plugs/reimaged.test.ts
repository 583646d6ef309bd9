// The machine of a Ready worker is re-imaged: it comes back empty and is enrolled in the place of its ByoHost. Its claim ends
// without an order, and a new node joins on it.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { ARCHITECTURE } from '../../../common/platform.ts';
import { buildAgentPackage } from '../../../packaging/build-agent-package.ts';
import { enrollHost } from '../../../harness/hosts.ts';
import { readHost } from '../../../harness/machines.ts';
import { readJournal } from '../../integration/host/journal.ts';
import { openBench, ROLE_LABEL, type Bench } from './bench.ts';
import { machineOf, waitForFit, waitForHostCondition, waitForMachineCondition } from './machine.ts';
import { applyOneNode, deleteOneNode, inNamespace, say } from './one-node.ts';
import { waitForTwoNodes } from './two-nodes.ts';
import { takeWitness } from './witness.ts';

const NAME = 'reimaged';
const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
let bench: Bench;
let second: Bench;

beforeAll(async () => {
  bench = await openBench('host1');
  second = await openBench('host2');
});

/** A new disk under the old name, and the installer with a token that replaces its ByoHost. */
async function reimage(): Promise<void> {
  const { instance, host } = second;
  await host.remove();
  await host.start();
  const packageFile = await buildAgentPackage({ root, architecture: ARCHITECTURE });
  await enrollHost({ instance, host, packageFile, labels: { [ROLE_LABEL]: host.name }, replaces: true });
}

test('re-imaged under its claim: HostReplaced, let go without an order, free, and a new node joins', async () => {
  const { instance } = bench;
  await applyOneNode(bench, { name: NAME, worker: second.host.name });
  const { kubeconfig } = await waitForTwoNodes(bench, NAME, 8);
  const worker = await machineOf(bench, NAME, 'host2');
  await waitForMachineCondition(bench, NAME, 'BootstrapSucceeded', 'BootstrapSucceeded', 'host2');
  const before = await takeWitness(instance, kubeconfig, [bench.host]);
  const { spec: held } = await readHost(instance, 'host2');
  await reimage();
  const { spec: kept } = await readHost(instance, 'host2');
  expect(kept.hostID).toBe(held.hostID);
  expect(kept.claim).toEqual({ ...held.claim, lost: true });
  const replaced = await waitForMachineCondition(bench, NAME, 'Ready', 'HostReplaced', 'host2');
  say(`  Ready ${replaced.status}: ${replaced.message}`);
  await inNamespace(instance, ['delete', 'machine', worker, '--wait=false']);
  await inNamespace(instance, ['wait', '--for=delete', `byomachine/${worker}`, '--timeout=300s']);
  await waitForHostCondition(second, 'Available', 'Claimed');
  await waitForTwoNodes(bench, NAME, 8);
  const { claims, operations } = await readJournal(second.host);
  const generation = (held.claim?.generation ?? 0) + 1;
  expect(claims.map((claim) => claim.generation)).toEqual([generation]);
  expect(operations.filter((one) => one.generation !== generation)).toEqual([]);
  const after = await takeWitness(instance, kubeconfig, [bench.host]);
  expect(after.hosts).toEqual(before.hosts);
  expect(after.nodes[second.host.hostname]).not.toBe(before.nodes[second.host.hostname]);
  await deleteOneNode(bench, NAME);
  await waitForFit(second);
});
