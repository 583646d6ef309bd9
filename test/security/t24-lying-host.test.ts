// T24: a host that answers success to every order. Only the Node in the workload cluster makes a Machine Running, and the
// Machine says what is missing. The management plane itself stands in as the workload cluster: all that counts is its Nodes.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { ByoHost } from '../../api/byo-host.ts';
import { ByoMachine } from '../../api/byo-machine.ts';
import { GATEWAY_PATHS } from '../../api/gateway.ts';
import { waitFor } from '../../lab/wait.ts';
import { reportedHost } from '../support/builders.ts';
import { call } from './light-host.ts';
import { hireLiar, type AtWork } from './light-work.ts';
import { create, createMachine, createTenant, secretOf, waitForReason } from './tenants.ts';
import { openWorld, type World } from './world.ts';

const LABELS = { 'byo.example.com/threat': 't24' };
const NODES = ['t24-other', 't24-true'];

let world: World;
let namespace: string;
let liar: AtWork;
let providerID: string;

beforeAll(async () => {
  world = await openWorld();
  namespace = await createTenant(world, 't24');
  const kubeconfig = await readFile(world.instance.kubeconfig, 'utf8');
  const at = (name: string) => ({ namespace, name });
  await create(world, [secretOf(at('c-kubeconfig'), kubeconfig), secretOf(at('data'), '#cloud-config\n')]);
  liar = await hireLiar(world, { namespace, name: 'liar', labels: LABELS });
  await createMachine(world, at('m'), { selects: LABELS, secret: 'data' });
  await openWorkloadCluster();
});

afterAll(async () => {
  await liar?.stop();
  await world.kubectl.run(['delete', 'node', '--ignore-not-found', ...NODES]);
});

/** A control plane of somebody else has come up. */
async function openWorkloadCluster(): Promise<void> {
  const lastTransitionTime = new Date().toISOString();
  const condition = {
    type: 'ControlPlaneInitialized',
    status: 'True',
    reason: 'Initialized',
    message: '',
    lastTransitionTime,
  };
  const change = { status: { initialization: { controlPlaneInitialized: true }, conditions: [condition] } };
  const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify(change)];
  await world.kubectl.run(['-n', namespace, 'patch', 'cluster', 'c', ...patch]);
}

const CoreMachine = z.object({
  status: z.object({
    phase: z.string(),
    nodeRef: z.object({ name: z.string() }).optional(),
    conditions: z.array(z.object({ type: z.string(), status: z.string(), message: z.string().default('') })),
  }),
});

async function readCore() {
  const { status } = CoreMachine.parse(await world.kubectl.get(['-n', namespace, 'machine', 'm']));
  const nodeReady = status.conditions.find(({ type }) => type === 'NodeReady');
  return { phase: status.phase, node: status.nodeRef?.name, nodeReady };
}

async function addNode(name: string, id: string): Promise<void> {
  await create(world, [{ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { providerID: id } }]);
}

test('T24: it is given its orders, says that all is done, and the bootstrap counts as ended', async () => {
  await waitForReason(world, { namespace, name: 'm' }, 'BootstrapSucceeded', 'BootstrapSucceeded');
  expect(liar.orders.map(({ verb }) => verb)).toEqual(['install', 'join']);
  const { spec } = ByoMachine.parse(await world.kubectl.get(['-n', namespace, 'byomachine', 'm']));
  providerID = spec.providerID ?? '';
  expect(providerID).toBe(`byoh://${liar.host.identity.hostID}/1`);
});

test('T24: the Machine is not Running, and says which Node it waits for', async () => {
  const probe = async () => {
    const { nodeReady } = await readCore();
    const said = nodeReady?.message.includes(`Waiting for a Node with spec.providerID ${providerID} to exist`);
    return said && nodeReady?.status !== 'True' ? undefined : JSON.stringify(nodeReady);
  };
  await waitFor('what the Machine waits for', probe, { timeoutMs: 90_000, everyMs: 500 });
  expect(await readCore()).toMatchObject({ phase: 'Provisioned', node: undefined });
});

test('T24: a Node of another host does not help it, its own does: nothing but that was missing', async () => {
  await addNode('t24-other', `byoh://${crypto.randomUUID()}/1`);
  await addNode('t24-true', providerID);
  const running = { phase: 'Running', node: 't24-true' };
  await expect.poll(readCore, { timeout: 60_000, interval: 500 }).toMatchObject(running);
});

/** A report of the host; the status of the gateway's answer. */
async function report({ host }: AtWork, hostname: string, generation: number): Promise<number> {
  const sealingKey = JSON.stringify(host.keys.sealing.publicJwk);
  // What no agent of ours would say is put in afterwards.
  const body = { ...reportedHost({ hostname, sealingKey }), generation };
  return (await call(host, { method: 'PUT', path: GATEWAY_PATHS.report, body })).status;
}

test('T24: a host that names a generation which nobody has given out is set aside, and another one is used', async () => {
  const labels = { 'byo.example.com/threat': 't24-boast' };
  const at = (name: string) => ({ namespace, name });
  await using hired = new AsyncDisposableStack();
  const hire = async (name: string) => hired.adopt(await hireLiar(world, { ...at(name), labels }), (one) => one.stop());
  const boaster = await hire('a-boaster');
  expect(await report(boaster, 'a-boaster', 10 ** 15)).toBe(400);
  expect(await report(boaster, 'a-boaster', 10 ** 8)).toBe(204);
  await createMachine(world, at('m2'), { selects: labels, secret: 'data' });
  await waitForReason(world, at('m2'), 'HostClaimed', 'NoHostFits');
  const humble = await hire('humble');
  await waitForReason(world, at('m2'), 'BootstrapSucceeded', 'BootstrapSucceeded');
  const { spec } = ByoMachine.parse(await world.kubectl.get(['-n', namespace, 'byomachine', 'm2']));
  expect(spec.providerID).toBe(`byoh://${humble.host.identity.hostID}/1`);
  const { spec: untouched } = ByoHost.parse(await world.kubectl.get(['-n', namespace, 'byohost', 'a-boaster']));
  expect([untouched.claim, untouched.lastGeneration ?? 0]).toEqual([undefined, 0]);
});
