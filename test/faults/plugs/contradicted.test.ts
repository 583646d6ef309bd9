// etcd is put back to a copy in which a host had another claim than now, and to one from before it was reset: the host is
// quarantined, nothing on it is touched, and each way out is the one that docs/adoption.md tells. One after the other.
import { beforeAll, expect, test } from 'vitest';
import { ANNOTATIONS } from '../../../api/names.ts';
import { runByo } from '../../../harness/hosts.ts';
import { kubectlOf } from '../../../harness/kubectl.ts';
import { readHost } from '../../../harness/machines.ts';
import { readJournal } from '../../integration/host/journal.ts';
import { openBench, type Bench } from './bench.ts';
import { machineOf, waitForFit, waitForHostCondition, waitForMachineCondition } from './machine.ts';
import { backUp, putBack } from './management.ts';
import { applyOneNode, deleteOneNode, inNamespace, say } from './one-node.ts';
import { waitUntilResting } from './temporal.ts';
import { waitForTwoNodes } from './two-nodes.ts';
import { takeWitness, type Witness } from './witness.ts';

const NAME = 'contradicted';
const COPY = 'first-worker';
let control: Bench;
let worker: Bench;
let kubeconfig: string;
/** Of the copy: the ByoMachine that had host2. */
let first: string;

beforeAll(async () => {
  control = await openBench('host1');
  worker = await openBench('host2');
});

async function waitUntilProvisioned(): Promise<void> {
  ({ kubeconfig } = await waitForTwoNodes(control, NAME, 6));
  await waitForMachineCondition(control, NAME, 'Ready', 'Provisioned', 'host2');
}

const look = (): Promise<Witness> => takeWitness(control.instance, kubeconfig, [control.host, worker.host]);

const claimOf = async (): Promise<string> => {
  const { claim } = (await readHost(control.instance, 'host2')).spec;
  return `${claim?.incarnation}, generation ${claim?.generation}`;
};

/** A Machine has the name of its ByoMachine. */
async function deleteMachine(name: string): Promise<void> {
  await inNamespace(control.instance, ['delete', 'machine', name, '--wait=false']);
  await inNamespace(control.instance, [
    'annotate',
    `byomachine/${name}`,
    `${ANNOTATIONS.forceRelease}=etcd was put back`,
  ]);
  await inNamespace(control.instance, ['wait', '--for=delete', `byomachine/${name}`, '--timeout=180s']);
}

/** `kubectl delete node` in the cluster of the machines, as the documentation has it. */
const deleteNode = (): Promise<string> =>
  kubectlOf(control.instance, kubeconfig).run(['delete', 'node', worker.host.hostname]);

async function expectConflict(bench: Bench, words: string[]): Promise<void> {
  const { status, message } = await waitForHostCondition(bench, 'Quarantined', 'ClaimConflict');
  say(`  ${bench.host.name} Quarantined ${status}: ${message}`);
  for (const part of words) expect(message).toContain(part);
}

test('a copy knows the first worker, and a second one joins on the same host', async () => {
  await applyOneNode(control, { name: NAME, worker: worker.host.name });
  await waitUntilProvisioned();
  first = await machineOf(control, NAME, 'host2');
  await waitUntilResting(control.instance, [first]);
  await backUp(control.instance, COPY);
  await inNamespace(control.instance, ['delete', 'machine', first]);
  await expect.poll(() => machineOf(control, NAME, 'host2').catch(() => first), { timeout: 120_000 }).not.toBe(first);
  await waitUntilProvisioned();
});

test('the cluster knows another claim than the host works for: both are named, and the node of the host runs on', async () => {
  const works = await claimOf();
  const before = await look();
  await putBack(control.instance, COPY);
  const knows = await claimOf();
  expect(knows).not.toBe(works);
  await expectConflict(worker, [`works for claim ${works}`, `default/${first}`, 'byo host clean-up host2 -n default']);
  await waitForMachineCondition(control, NAME, 'Ready', 'ClaimConflict', 'host2');
  expect(await look()).toEqual(before);
});

test('the way out: Machine forced away, Node deleted, host cleaned up on order, and a new worker joins on it', async () => {
  const before = await look();
  await deleteMachine(first);
  await deleteNode();
  say(`  ${(await runByo(control.instance, ['host', 'clean-up', 'host2', '-n', 'default'])).trim()}`);
  await waitUntilProvisioned();
  const after = await look();
  expect(after.hosts.host1).toEqual(before.hosts.host1);
  expect(after.nodes[worker.host.hostname]).not.toBe(before.nodes[worker.host.hostname]);
  expect((await readHost(control.instance, 'host2')).spec.cleanupOwed).toBeUndefined();
});

test('hosts that have been reset since the copy say so, nothing is done on them, and deleting the Machines frees them', async () => {
  await deleteOneNode(control, NAME);
  await waitForFit(worker);
  const read = () => Promise.all([control, worker].map(({ host }) => readJournal(host)));
  const before = await read();
  await putBack(control.instance, COPY);
  for (const bench of [control, worker]) await expectConflict(bench, ['has been reset since', 'delete the Machine of']);
  await deleteOneNode(control, NAME);
  await waitForFit(worker);
  expect(await read()).toEqual(before);
});
