// From `kubectl apply` to Ready nodes and away again, by the commands a user types; unmodified Cluster API looks on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLUSTER } from '../../harness/cluster.ts';
import { kubectlOf } from '../../harness/kubectl.ts';
import { compareFootprints, readFootprint, type Footprint } from '../../lab/footprint.ts';
import { openInstance, type Instance } from '../../lab/index.ts';
import { ensureParts } from '../../lab/parts/index.ts';
import { readHistories, readLogs, readObjects } from '../support/canaries/places.ts';
import { findSecret } from '../support/canaries/search.ts';
import { readClusterSecrets } from '../support/canaries/secrets.ts';
import { ClusterApiMachine, conditionOf, getAll, getAllAs, getOne, workload } from './cluster-view.ts';
import { INSTANCE, runDemoCommand, runDemoWithReport, type Report } from './demo-run.ts';
import { pingBetweenNodes } from './ping.ts';
import { readCurrentDetails, readTimeline, withPage } from './temporal-ui.ts';
import { snapshotVersions } from './versions.ts';
import type { z } from 'zod';

let before: Footprint;
let printed: string;
let report: z.infer<typeof Report>;
let instance: Instance;

beforeAll(async () => {
  // A fresh machine has no podman to ask yet; building the parts installs what the lab needs.
  await ensureParts({ onProgress: (line) => void process.stdout.write(`  ${line}\n`) });
  before = await readFootprint();
  ({ printed, report } = await runDemoWithReport());
  instance = await openInstance(INSTANCE);
});

afterAll(async () => {
  await runDemoCommand(['down']);
});

test('the report names two Ready nodes, their machines and hosts', () => {
  expect(report.nodes.map(({ ready }) => ready)).toEqual([true, true]);
  expect(new Set(report.nodes.map(({ machine }) => machine)).size).toBe(2);
  expect(new Set(report.nodes.map(({ host }) => host)).size).toBe(2);
  for (const { version } of report.nodes) expect(version).toBe(`v${report.versions.kubernetes}`);
  expect(Object.keys(report.seconds.machines)).toHaveLength(2);
});

test('one workflow per machine did install and join, on the host’s own queue, each once', () => {
  expect(report.workflows).toHaveLength(2);
  for (const { workflowId, runs } of report.workflows) {
    expect(workflowId).toMatch(/^byomachine\/[0-9a-f-]{36}\/default\//);
    const activities = runs.flatMap((run) => run.activities);
    for (const name of ['install', 'join']) {
      const calls = activities.filter((activity) => activity.name === name);
      expect(calls).toHaveLength(1);
      expect(calls[0]?.queue).toMatch(/^host\/[0-9a-f-]{36}$/);
    }
    expect(activities.map(({ name }) => name)).toContain('claimHost');
    expect(runs.at(-1)?.status).toBe('RUNNING');
  }
});

test('what it prints tells a person how to go on', () => {
  for (const words of ['Ready', 'KUBECONFIG=', 'Temporal UI', 'npm run demo -- down']) expect(printed).toContain(words);
});

test('the worker’s bundle came through the gateway, the one port that it reaches', async () => {
  const [first, second] = instance.hosts;
  const readLog = async (host = first) => (await host?.exec(['journalctl', '-u', 'byo-agent', '-o', 'cat']))?.stdout;
  expect(await readLog(first)).toContain('the bundle came from /opt/byo-bundles');
  expect(await readLog(second)).toContain('the bundle came from gateway:///"');
});

test('Cluster API agrees: Cluster Available, Machines Running with our providerIDs', async () => {
  const cluster = await getOne(instance, 'cluster', CLUSTER.name);
  await expect
    .poll(() => conditionOf(instance, 'cluster', CLUSTER.name, 'Available'), { timeout: 180_000, interval: 1000 })
    .toBe('True');
  expect(cluster.metadata.name).toBe(CLUSTER.name);
  const machines = await getAllAs(instance, 'machines', ClusterApiMachine);
  expect(machines.map(({ status }) => status.phase)).toEqual(['Running', 'Running']);
  const wanted = report.nodes.map(({ providerID }) => providerID).toSorted();
  expect(machines.map(({ spec }) => spec.providerID).toSorted()).toEqual(wanted);
});

test('ownerReferences and finalizers are those of the contract', async () => {
  const machines = await getAll(instance, 'byomachines');
  expect(machines).toHaveLength(2);
  for (const { metadata } of machines) {
    expect(metadata.finalizers).toEqual(['byomachine.infrastructure.cluster.x-k8s.io/finalizer']);
    const owners = metadata.ownerReferences.filter(({ controller }) => controller);
    expect(owners.map(({ kind }) => kind)).toEqual(['Machine']);
    expect(metadata.labels['cluster.x-k8s.io/cluster-name']).toBe(CLUSTER.name);
  }
  const { metadata } = await getOne(instance, 'byocluster', CLUSTER.name);
  expect(metadata.ownerReferences.map(({ kind }) => kind)).toEqual(['Cluster']);
  expect(metadata.finalizers).toEqual(['byocluster.infrastructure.cluster.x-k8s.io/finalizer']);
});

test('the nodes carry no uninitialized taint', async () => {
  const taints = await workload(instance, ['get', 'nodes', '-o', 'jsonpath={.items[*].spec.taints[*].key}']);
  expect(taints).not.toContain('node.cluster.x-k8s.io/uninitialized');
});

test('a pod on one node reaches a pod on the other', async () => {
  expect(await pingBetweenNodes(instance)).toMatch(/0% packet loss/);
});

test('neither token nor CA key stands in a history, a log or an object; a seeded one is found', async () => {
  const { tokens, caKey } = await readClusterSecrets(instance);
  expect(tokens.length).toBeGreaterThan(0);
  const places = async () =>
    (await Promise.all([readHistories(instance), readLogs(instance), readObjects(instance)])).flat();
  const haystacks = await places();
  for (const secret of [...tokens, caKey]) expect(findSecret(haystacks, secret)).toEqual([]);
  const [token = ''] = tokens;
  await kubectlOf(instance).run(['create', 'configmap', 'seeded-leak', `--from-literal=note=see ${token} here`]);
  expect(findSecret(await places(), token)).toContain('configmaps');
  await kubectlOf(instance).run(['delete', 'configmap', 'seeded-leak']);
});

test('Temporal’s interface shows each machine: its activities by name, its phase and its host', async () => {
  const { ui } = instance.temporal;
  await withPage(async (page) => {
    for (const { workflowId, runs } of report.workflows) {
      const [first, last] = [runs.at(0)?.runId ?? '', runs.at(-1)?.runId ?? ''];
      const timeline = await readTimeline(page, { ui, workflowId, runId: first, words: 'join on' });
      for (const words of ['claimHost', 'install/v', 'join on']) expect(timeline).toContain(words);
      const details = await readCurrentDetails(page, { ui, workflowId, runId: last, words: 'host:' });
      expect(details).toMatch(/^\s*Ready\s[^]*host: host\d/);
    }
  });
});

test('a second call finds everything running', async () => {
  const again = await runDemoCommand([]);
  expect(again).toContain('everything was running already');
  const machines = await getAll(instance, 'byomachines');
  expect(machines).toHaveLength(2);
});

test('nothing of ours is written while nothing happens, for two minutes', async () => {
  const first = await snapshotVersions(instance);
  const begun = Date.now();
  await expect.poll(() => Date.now() - begun, { timeout: 130_000, interval: 1000 }).toBeGreaterThan(120_000);
  expect(await snapshotVersions(instance)).toEqual(first);
});

/** Other programs of the machine come and go; these are the ones that a lab, its hosts and this suite start. */
const OURS = /\/byo-lab\/|byo-agent|controller\/main\.ts|kube|etcd|containerd|conmon|aardvark|chromium/;

test('down leaves the machine as it was', async () => {
  await runDemoCommand(['down']);
  const differences = compareFootprints(before, await readFootprint());
  const blamed = differences.filter(
    ({ kind, line, change }) => kind !== 'process' || (change === 'came' && OURS.test(line)),
  );
  expect(blamed).toEqual([]);
});
