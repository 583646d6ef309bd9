import { afterEach, expect, test } from 'vitest';
import { DRAIN_STEPS, RESET_STEPS } from '../../../api/steps.ts';
import { closeWorlds, NO_NOTES, openWorld } from '../../testing/step-world.ts';
import { createDrainPlan } from '../drain/plan.ts';
import { createResetPlan } from './plan.ts';

afterEach(closeWorlds);

/** As of a claim that an older agent began. */
const KNOWS_NOTHING = { readBaseline: () => undefined, hasWorked: () => true, ...NO_NOTES };

const input = { skipEtcdMemberRemoval: true };

async function runReset(world: Awaited<ReturnType<typeof openWorld>>, memory = KNOWS_NOTHING): Promise<void> {
  for (const step of createResetPlan(memory).steps) {
    if (!(await step.look(world.context, input))) await step.act(world.context, input);
  }
}

test('the plans have the steps of the API, in their order', () => {
  expect(createResetPlan(KNOWS_NOTHING).steps.map(({ name }) => name)).toEqual(RESET_STEPS);
  expect(createDrainPlan(KNOWS_NOTHING).steps.map(({ name }) => name)).toEqual(DRAIN_STEPS);
});

test('a reset keeps or closes its claim as the order says', () => {
  const { closesGeneration } = createResetPlan(KNOWS_NOTHING);
  expect(closesGeneration?.(input)).toBe(true);
  expect(closesGeneration?.({ ...input, keepClaim: true })).toBe(false);
});

test('what the claim changed is taken back, and kubeadm leaves etcd members to their owner', async () => {
  const world = await openWorld('reset');
  const { ledger } = world.context;
  await world.host.put('/etc/hostname', 'a');
  await ledger.writeFile('/usr/local/bin/kubeadm', 'binary', { mode: 0o755 });
  await ledger.writeFile('/etc/containerd/config.toml', 'ours', { mode: 0o644 });
  await world.host.put('/etc/kubernetes/kubelet.conf', 'x');
  await runReset(world);
  expect(world.host.started.map(({ script }) => script)[0]).toContain('reset --force --skip-phases=remove-etcd-member');
  expect(await world.host.stat('/usr/local/bin/kubeadm')).toBeUndefined();
  expect(await world.host.stat('/etc/containerd')).toBeUndefined();
});

test('a foreign mount below a zone blocks the reset, and nothing below it is deleted', async () => {
  const world = await openWorld('reset');
  await world.host.put('/var/lib/etcd/data/member', 'x');
  await world.host.put('/proc/self/mountinfo', '36 35 98:0 / /var/lib/etcd/data rw - ext4 /dev/sdb rw\n');
  await expect(runReset(world)).rejects.toMatchObject({ reason: 'ResetBlocked', retryable: true });
  expect(await world.host.list('/var/lib/etcd')).toEqual(['data']);
});

test('what nobody remembers to have put there is named and not deleted, and the host is not clean', async () => {
  const world = await openWorld('reset');
  await world.host.put('/var/lib/kubelet/device-plugins/x', '');
  await expect(runReset(world, { ...KNOWS_NOTHING, hasWorked: () => false })).rejects.toMatchObject({
    reason: 'NotClean',
    message: expect.stringContaining('files in /var/lib/kubelet (device-plugins, device-plugins/x)'),
    retryable: false,
  });
  expect(await world.host.list('/var/lib/kubelet/device-plugins')).toEqual(['x']);
  await runReset(world);
  expect(await world.host.list('/var/lib/kubelet')).toEqual([]);
});

test('a cluster’s etcd in a folder that was not empty before is named, and the host is not clean', async () => {
  const world = await openWorld('reset');
  await world.host.put('/data/member/snap/db', 'every Secret of the cluster');
  const note = JSON.stringify({ path: '/data', kind: 'etcd', before: 'full', marks: [] });
  const listNotes = (_claim: unknown, kind: string) => (kind === 'folder' ? [{ subject: 'etcd /data', note }] : []);
  await expect(runReset(world, { ...KNOWS_NOTHING, listNotes })).rejects.toMatchObject({
    reason: 'NotClean',
    message: /data of etcd in \/data \(member\): it was not empty when the claim began/,
  });
  expect(await world.host.stat('/data/member/snap/db')).toBeDefined();
});

/** Runs only the comparison, over these links more than before. */
async function compareWithLinks(world: Awaited<ReturnType<typeof openWorld>>, names: string[], more = {}) {
  for (const name of names) await world.host.put(`/sys/class/net/${name}/mtu`, '1500');
  const told: string[] = [];
  const left: string[] = [];
  const replaceHostNotes = (kind: string, notes: readonly { subject: string }[]) =>
    void (kind === 'note' ? told : left).push(...notes.map(({ subject }) => subject));
  const memory = { ...KNOWS_NOTHING, replaceHostNotes, readBaseline: () => ({ link: [], address: [] }) };
  const [compare] = createResetPlan(memory).steps.slice(-1);
  const error = await compare?.act(world.context, { ...input, ...more }).catch((reason: unknown) => reason);
  return { error, told, left };
}

test('what came by its owner is told, bounded, and the host is clean', async () => {
  const world = await openWorld('reset');
  const names = Array.from({ length: 40 }, (_, i) => `wg${String(i).padStart(2, '0')}`);
  const { error, told } = await compareWithLinks(world, names);
  expect(error).toBeUndefined();
  expect(told).toHaveLength(32);
  expect(told[0]).toBe('came since the claim began: link wg00');
  expect(told.at(-1)).toBe('and 9 more');
  expect(world.reports.at(-1)?.conclusion).toMatch(/link wg00; .* and 30 more$/);
  expect(world.host.commands.filter(([, verb]) => verb === 'link')).toEqual([]);
});

/** What `ip` says of links of no known name that carry the pods. */
const carrying = (...names: string[]): string =>
  JSON.stringify(
    names.map((ifname) => ({ ifname, addr_info: [{ local: '10.244.0.1', prefixlen: 24, scope: 'global' }] })),
  );
const ranges = ['10.244.0.0/16'];

test('what still leads into the cluster and has no known name is named, and nothing of it is touched', async () => {
  const world = await openWorld('reset');
  world.host.onRun((argv) => (argv.includes('address') ? { stdout: carrying('podnet0') } : undefined));
  const { error, told, left } = await compareWithLinks(world, ['podnet0', 'wg0'], { ranges });
  expect(error).toMatchObject({ reason: 'NotClean', message: expect.stringMatching(/: link podnet0$/) });
  expect(told).toEqual(['came since the claim began: link wg0']);
  expect(left).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
  expect(world.host.commands.filter(([, verb]) => verb === 'link')).toEqual([]);
});

test('what is accepted may stay, and only that', async () => {
  const world = await openWorld('reset');
  const names = ['podnet0'];
  world.host.onRun((argv) => (argv.includes('address') ? { stdout: carrying(...names) } : undefined));
  const { left: accepted } = await compareWithLinks(world, ['podnet0'], { ranges });
  const alone = await compareWithLinks(world, ['podnet0'], { ranges, accepted });
  expect(alone).toEqual({ error: undefined, told: ['accepted: link podnet0'], left: [] });
  names.push('podnet1');
  const { error, told } = await compareWithLinks(world, names, { ranges, accepted });
  expect(error).toMatchObject({ reason: 'NotClean', message: expect.stringMatching(/: link podnet1$/) });
  expect(told).toEqual(['accepted: link podnet0']);
});

test('what the cluster left and cannot be removed yet is waited for by name', async () => {
  const world = await openWorld('reset');
  await world.host.put('/sys/class/net/cni0/mtu', '1500');
  await expect(runReset(world)).rejects.toMatchObject({
    reason: 'ResetBlocked',
    message: /link cni0/,
    retryable: true,
  });
});

test('a host that never joined has nothing to drain', async () => {
  const world = await openWorld('drain');
  for (const step of createDrainPlan(KNOWS_NOTHING).steps) {
    expect(await step.look(world.context, { evict: true, timeoutSeconds: 1 })).toBe(true);
  }
  expect(world.host.commands).toEqual([]);
});

test('an eviction ends when its time is over, and says how many pods were left', async () => {
  const world = await openWorld('drain');
  await world.host.put('/etc/kubernetes/kubelet.conf', 'x');
  world.host.onRun((argv) => {
    if (argv.includes('whoami')) return { stdout: 'system:node:a' };
    if (argv.includes('pods')) return { stdout: 'default\tweb\tReplicaSet\tRunning\n' };
    return undefined;
  });
  const [, , evict] = createDrainPlan(KNOWS_NOTHING).steps;
  await evict?.act(world.context, { evict: false, timeoutSeconds: 60 });
  expect(world.reports.at(-1)?.conclusion).toBe('1 pods were still running when the drain ended');
  expect(world.host.commands.filter((argv) => argv.includes('create'))).toEqual([]);
});
