// The management side forgets, as a whole or in part, over a Ready two-node cluster: nothing on its hosts is touched, and
// what contradicts is quarantined and asked about. One cluster, one disaster after the other; each begins where the last
// one left.
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { runByo } from '../../../harness/hosts.ts';
import { kubectlOf } from '../../../harness/kubectl.ts';
import { readHost } from '../../../harness/machines.ts';
import { killProcess, logFile, restartProcess } from '../../../lab/processes.ts';
import { waitFor } from '../../../lab/wait.ts';
import { openBench, type Bench } from './bench.ts';
import { machineOf, waitForFit, waitForHostCondition, waitForMachineCondition } from './machine.ts';
import { backUp, loseTemporal, putBack, seeReconciled, startApiServer } from './management.ts';
import { applyOneNode, deleteOneNode, inNamespace, say, waitForNode } from './one-node.ts';
import { activitiesOf, terminate, waitUntilResting } from './temporal.ts';
import { waitForTwoNodes } from './two-nodes.ts';
import { takeWitness, type Witness } from './witness.ts';

const NAME = 'adopted';
let bench: Bench;
let second: Bench;
let kubeconfig: string;
let machines: string[];
let before: Witness;

beforeAll(async () => {
  bench = await openBench('host1');
  second = await openBench('host2');
});

const scaleTo = (count: number): Promise<string> =>
  inNamespace(bench.instance, ['scale', 'machinedeployment', `${NAME}-workers`, `--replicas=${count}`]);

const look = (): Promise<Witness> => takeWitness(bench.instance, kubeconfig, [bench.host, second.host]);

/** Looks once both machines say that they are Ready, and no host stands aside. */
async function lookWhenReady(): Promise<Witness> {
  for (const { host } of [bench, second]) {
    await waitForMachineCondition(bench, NAME, 'Ready', 'Provisioned', host.name);
    await waitForHostCondition({ ...bench, host }, 'Quarantined', 'NotQuarantined');
  }
  return look();
}

/** Waits until new runs of both workflows have looked and rest; gives what they called for beside that. */
async function readOrders(): Promise<string[]> {
  const ordered: string[] = [];
  for (const id of await waitUntilResting(bench.instance, machines)) {
    const activities = await activitiesOf(bench.instance, id);
    say(`  ${id.split('/').at(-2)}: ${activities.join(', ')}`);
    ordered.push(
      ...activities.filter((name) => !['observeMachine', 'reportConditions', 'setBlockMove'].includes(name)),
    );
  }
  return ordered;
}

test('a control plane is Ready and copied, then a worker joins and all is copied again', async () => {
  await applyOneNode(bench, { name: NAME, worker: second.host.name, workers: 0 });
  await waitForNode(bench, NAME);
  await backUp(bench.instance, 'one-node');
  await scaleTo(1);
  ({ kubeconfig } = await waitForTwoNodes(bench, NAME, 6));
  machines = [await machineOf(bench, NAME, 'host1'), await machineOf(bench, NAME, 'host2')];
  for (const { host } of [bench, second]) {
    await waitForMachineCondition(bench, NAME, 'BootstrapSucceeded', 'BootstrapSucceeded', host.name);
  }
  await waitUntilResting(bench.instance, machines);
  await backUp(bench.instance, 'two-nodes');
  before = await look();
  expect(Object.keys(before.nodes)).toHaveLength(2);
});

test("Temporal's database is lost: every workflow is started anew by itself, looks and rests", async () => {
  await loseTemporal(bench.instance);
  expect(await readOrders()).toEqual([]);
  expect(await lookWhenReady()).toEqual(before);
});

test('all workflows are terminated by hand: the next change starts them anew, and they rest', async () => {
  for (const id of await waitUntilResting(bench.instance, machines)) await terminate(bench.instance, id);
  for (const paused of [true, false]) {
    const spec = JSON.stringify({ spec: { paused } });
    await inNamespace(bench.instance, ['patch', 'cluster', NAME, '--type=merge', '-p', spec]);
    await waitForMachineCondition(bench, NAME, 'Paused', paused ? 'Paused' : 'NotPaused', 'host1');
    await waitForMachineCondition(bench, NAME, 'Paused', paused ? 'Paused' : 'NotPaused', 'host2');
  }
  expect(await readOrders()).toEqual([]);
  expect(await lookWhenReady()).toEqual(before);
});

/** Waits until the log of the controller, from an offset on, has these words. */
async function waitForLog(words: string, from: number): Promise<void> {
  const read = (): string => readFileSync(logFile(bench.instance.dir, 'byo-controller'), 'utf8').slice(from);
  const probe = async () => (read().includes(words) ? undefined : read().slice(-500));
  await waitFor(`the controller says ${words}`, probe, { timeoutMs: 120_000, everyMs: 250 });
}

test('the controller begins with empty caches while the API server is away: it decides nothing before it has seen all', async () => {
  const { dir } = bench.instance;
  await killProcess(dir, 'byo-controller');
  await killProcess(dir, 'api-server');
  const from = readFileSync(logFile(dir, 'byo-controller'), 'utf8').length;
  await restartProcess(dir, 'byo-controller');
  await waitForLog('is not ready, trying again', from);
  await startApiServer(bench.instance);
  await waitForLog('controller runs', from);
  for (const { host } of [bench, second]) await seeReconciled(bench.instance, host.name);
  await waitUntilResting(bench.instance, machines);
  expect(await lookWhenReady()).toEqual(before);
});

test('etcd is put back to a copy that knows both machines: nothing is different', async () => {
  await putBack(bench.instance, 'two-nodes');
  for (const { host } of [bench, second]) await seeReconciled(bench.instance, host.name);
  expect(await lookWhenReady()).toEqual(before);
});

test('the claim of a Ready machine is lost: it is written down again as the host has it', async () => {
  const { claim } = (await readHost(bench.instance, 'host2')).spec;
  expect(claim).toBeDefined();
  await inNamespace(bench.instance, ['patch', 'byohost', 'host2', '--type=merge', '-p', '{"spec":{"claim":null}}']);
  const probe = async () => ((await readHost(bench.instance, 'host2')).spec.claim ? undefined : 'no claim');
  await waitFor('the claim of host2', probe, { timeoutMs: 60_000, everyMs: 250 });
  expect((await readHost(bench.instance, 'host2')).spec.claim).toEqual(claim);
  expect(await lookWhenReady()).toEqual(before);
});

test('etcd is put back to a copy that does not know the worker: its host is quarantined, and nobody claims or resets it', async () => {
  await putBack(bench.instance, 'one-node');
  const { status, message } = await waitForHostCondition(second, 'Quarantined', 'ClaimConflict');
  say(`  Quarantined ${status}: ${message}`);
  const [claim] = before.hosts.host2?.journal.claims.filter(({ state }) => state === 'Open') ?? [];
  expect(message).toContain(`host2 works for claim ${claim?.incarnation}, generation ${claim?.generation}`);
  expect(message).toContain('the cluster knows none');
  expect(message).toContain('byo host clean-up host2 -n default');
  await scaleTo(1);
  const probe = async (): Promise<string | undefined> => {
    const claimed = 'jsonpath={.items[*].status.conditions[?(@.type=="HostClaimed")].message}';
    const waiting = await inNamespace(bench.instance, ['get', 'byomachines', '-o', claimed]);
    return /host2 is quarantined: host2 works for claim/.test(waiting) ? undefined : waiting;
  };
  await waitFor('the new worker to say why not', probe, { timeoutMs: 120_000, everyMs: 500 });
  expect(await look()).toEqual(before);
  expect((await waitForMachineCondition(bench, NAME, 'Ready', 'Provisioned', 'host1')).status).toBe('True');
});

test('the way out: its Node is deleted, the host cleaned up on order, and the new worker joins on it', async () => {
  const { hostname } = second.host;
  await kubectlOf(bench.instance, kubeconfig).run(['delete', 'node', hostname]);
  say(`  ${(await runByo(bench.instance, ['host', 'clean-up', 'host2', '-n', 'default'])).trim()}`);
  ({ kubeconfig } = await waitForTwoNodes(bench, NAME, 6));
  const after = await look();
  expect(after.hosts.host1).toEqual(before.hosts.host1);
  expect(after.nodes[bench.host.hostname]).toBe(before.nodes[bench.host.hostname]);
  expect(after.nodes[hostname]).not.toBe(before.nodes[hostname]);
  const { spec } = await readHost(bench.instance, 'host2');
  const last = Math.max(...(before.hosts.host2?.journal.claims ?? []).map(({ generation }) => generation));
  expect(spec.claim?.generation).toBe(last + 1);
  expect(spec.cleanupOwed).toBeUndefined();
  await deleteOneNode(bench, NAME);
  await waitForFit(second);
});
