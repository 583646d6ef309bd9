import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { JoinArguments } from '../../../api/orders.ts';
import { JOIN_STEPS } from '../../../api/steps.ts';
import { SENTINEL } from './cloud-init/bootstrap-plan.ts';
import { closeWorlds, NO_NOTES, openWorld, type StepWorld } from '../../testing/step-world.ts';
import { lookInterruptedJoin } from './look-interrupted.ts';
import { createJoinPlan } from './plan.ts';

afterEach(closeWorlds);

const DEPS = { stateDir: '/var/lib/byo-agent', ...NO_NOTES };

const TOKEN = 'abcdef.0123456789abcdef';
const DOCUMENT = `## template: jinja
#cloud-config
write_files:
- path: /run/kubeadm/kubeadm-join-config.yaml
  permissions: '0640'
  content: |
    name: {{ ds.meta_data.local_hostname }}
    token: ${TOKEN}
- path: /etc/kubernetes/pki/ca.key
  permissions: '0600'
  content: the-key-of-the-cluster
bootcmd: [echo boot]
runcmd: [kubeadm join]
`;

const input: JoinArguments = {
  format: 'cloud-config',
  document: Buffer.from(DOCUMENT).toString('base64'),
  metadata: { instanceId: 'claim-1', providerId: 'byoh://h/1' },
};

async function prepareJoin() {
  const world = await openWorld('join');
  await world.host.put('/proc/sys/kernel/hostname', 'node-a\n');
  const plan = createJoinPlan(DEPS);
  return { ...world, plan };
}

async function runAll({ plan, context }: Awaited<ReturnType<typeof prepareJoin>>): Promise<void> {
  for (const step of plan.steps) if (!(await step.look(context, input))) await step.act(context, input);
}

/** kubeadm, as far as its outcome goes; bootcmd succeeds. */
function playKubeadm({ host }: StepWorld, outcome: { exitCode: number; sentinel: boolean; tail?: string }): void {
  host.onUnit(({ unit }) => {
    if (unit.includes('bootcmd')) return { exitCode: 0 };
    if (outcome.sentinel) putNow(host.root, SENTINEL);
    return { exitCode: outcome.exitCode, tail: outcome.tail ?? '' };
  });
}

function putNow(root: string, path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), 'success\n');
}

test('the plan has the steps of the API, in their order', async () => {
  expect((await prepareJoin()).plan.steps.map(({ name }) => name)).toEqual(JOIN_STEPS);
});

test('boot commands, files, commands, each once, and nothing of it stays', async () => {
  const world = await prepareJoin();
  playKubeadm(world, { exitCode: 0, sentinel: true });
  await runAll(world);
  await runAll(world);
  expect(world.host.started.map(({ unit }) => unit)).toEqual(['byo-bootcmd-join-1-0c6a', 'byo-runcmd-join-1-0c6a']);
  expect(world.host.started.every(({ secret }) => secret)).toBe(true);
  expect(await world.host.list('/run/kubeadm')).toEqual([]);
  expect((await world.host.stat('/etc/kubernetes/pki/ca.key'))?.mode).toBe(0o600);
});

test('the document is rendered with the facts of this machine', async () => {
  const world = await prepareJoin();
  for (const step of world.plan.steps.slice(0, 3)) await step.act(world.context, input);
  const written = await world.host.readFile('/run/kubeadm/kubeadm-join-config.yaml');
  expect(written?.toString()).toBe(`name: node-a\ntoken: ${TOKEN}\n`);
});

test('a later command that fails does not undo the success of kubeadm', async () => {
  const world = await prepareJoin();
  playKubeadm(world, { exitCode: 1, sentinel: true });
  await expect(runAll(world)).resolves.toBeUndefined();
});

test.each([0, 1])(
  'without its sentinel it has failed, exit code %i, and nothing secret is told or left',
  async (exitCode) => {
    const world = await prepareJoin();
    const tail = `port 6443 is in use\nthe-key-of-the-cluster\nusing ${TOKEN}`;
    playKubeadm(world, { exitCode, sentinel: false, tail });
    const failure = await runAll(world).catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: 'BootstrapFailed', retryable: false });
    expect(String(failure)).toContain('port 6443 is in use');
    expect(String(failure)).not.toMatch(/abcdef|the-key-of/);
    expect(await world.host.list('/run/kubeadm')).toEqual([]);
  },
);

test('a token that the cluster does not know any more is told apart', async () => {
  const world = await prepareJoin();
  const tail = 'could not find a JWS signature in the cluster-info ConfigMap for token ID "abcdef"';
  playKubeadm(world, { exitCode: 1, sentinel: false, tail });
  await expect(runAll(world)).rejects.toMatchObject({ reason: 'BootstrapTokenExpired', retryable: false });
});

test('a boot command that fails ends the bootstrap before a file is written', async () => {
  const world = await prepareJoin();
  world.host.onUnit(() => ({ exitCode: 2 }));
  await expect(runAll(world)).rejects.toMatchObject({ reason: 'BootstrapFailed' });
  expect(await world.host.stat('/etc/kubernetes/pki/ca.key')).toBeUndefined();
});

test('a document that cannot be carried out changes nothing', async () => {
  const world = await prepareJoin();
  const document = Buffer.from('#cloud-config\npackages: [vim]\n').toString('base64');
  const [first] = world.plan.steps;
  await expect(first?.act(world.context, { ...input, document })).rejects.toMatchObject({
    reason: 'BootstrapDataInvalid',
    retryable: false,
  });
  expect(world.host.started).toEqual([]);
});

test('after a reboot: nothing begun is resumable, cut off is a failure, marked is a success', async () => {
  const world = await prepareJoin();
  const deps = DEPS;
  expect(await lookInterruptedJoin(deps, world.context)).toEqual({ state: 'Resumable' });
  world.host.onUnit(({ unit }) => (unit.includes('bootcmd') ? { exitCode: 0 } : undefined));
  const running = runAll(world).catch((error: unknown) => error);
  await expect.poll(() => world.host.started.length).toBe(2);
  await world.host.reboot();
  expect(await running).toMatchObject({ reason: 'BootstrapFailed' });
  expect(await lookInterruptedJoin(deps, world.context)).toMatchObject({ state: 'Failed' });
  await world.host.put('/var/lib/byo-agent/bootstrap/byo-runcmd-join-1-0c6a.success', '');
  expect(await lookInterruptedJoin(deps, world.context)).toEqual({ state: 'Succeeded' });
});

test('what a document writes over or appends to is the machine’s own again after the undo', async () => {
  const world = await prepareJoin();
  await world.host.put('/etc/hosts', '127.0.0.1 localhost\n');
  await world.host.put('/etc/crictl.yaml', 'of the machine', 0o640);
  const files = ['{path: /etc/hosts, append: true, content: 10.0.0.1 api}', '{path: /etc/crictl.yaml, content: ours}'];
  const document = `#cloud-config\nwrite_files:\n${files.map((file) => `- ${file}\n`).join('')}`;
  const write = world.plan.steps.find(({ name }) => name === 'WriteBootstrapFiles');
  await write?.act(world.context, { ...input, document: Buffer.from(document).toString('base64') });
  expect((await world.host.readFile('/etc/hosts'))?.toString()).toContain('10.0.0.1 api');
  expect(await world.context.ledger.undoAll()).toEqual([]);
  expect((await world.host.readFile('/etc/hosts'))?.toString()).toBe('127.0.0.1 localhost\n');
  expect((await world.host.readFile('/etc/crictl.yaml'))?.toString()).toBe('of the machine');
  expect((await world.host.stat('/etc/crictl.yaml'))?.mode).toBe(0o640);
});
