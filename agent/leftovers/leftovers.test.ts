import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Leftover } from '../../api/report/reported-host.ts';
import { listNames } from '../baseline/list-names.ts';
import { createEmptyOwnedZones } from '../steps/reset/empty-owned-zones.ts';
import { createNoteFolders } from '../steps/reset/note-folders.ts';
import { createResetPlan } from '../steps/reset/plan.ts';
import { closeWorlds, NO_NOTES, openWorld, type StepWorld } from '../testing/step-world.ts';
import { parseContainerMounts } from './container-mounts.ts';
import { decideLeftovers } from './decide-leftovers.ts';
import { dropGone, listData } from './data-left.ts';
import { decideDataPaths } from './host-paths.ts';

afterEach(closeWorlds);

const bind = (source: unknown, ...options: string[]) => ({ type: 'bind', source, destination: '/x', options });
const configOf = (...mounts: unknown[]): string => JSON.stringify({ ociVersion: '1.2.1', mounts });

test('what a container may write to, but what is the node’s own, the kernel’s, or in memory', () => {
  const config = configOf(
    { type: 'proc', source: 'proc', destination: '/proc' },
    bind('/var/lib/rook', 'rbind', 'rw'),
    bind('/var/lib/rook/', 'rbind'),
    bind('/etc/ssl/certs', 'rbind', 'ro'),
    bind('/var/lib/kubelet/pods/1/volumes/x', 'rbind', 'rw'),
    bind('/run/xtables.lock', 'rbind', 'rw'),
    bind('/tmp/pgdata', 'rbind', 'rw'),
    bind('/var/lib/etcd', 'rbind', 'rw'),
    bind('/usr/libexec/kubernetes/kubelet-plugins/volume/exec', 'rbind', 'rw'),
  );
  expect(parseContainerMounts(config)).toEqual({ paths: ['/var/lib/rook', '/tmp/pgdata'], untold: [] });
  for (const text of ['null', '{"mounts":7}', '{"mounts":[null,3]}'])
    expect(parseContainerMounts(text)).toEqual({ paths: [], untold: [] });
  for (const text of ['', '{']) expect(parseContainerMounts(text)).toBeUndefined();
  for (const source of ['/../etc', 'relative', '/with\nline', 7])
    expect(parseContainerMounts(configOf(bind(source, 'rw')))).toMatchObject({
      paths: [],
      untold: [expect.any(String)],
    });
});

const NAMES = [
  '/',
  '/var',
  '/mnt',
  '/var/',
  '/var/lib',
  '/var/lib/',
  '/var/lib/dbus',
  '/var/log',
  '/mnt/',
  '/mnt/disks',
];

test('data are told by what came with the claim; in a folder of the whole machine nobody can say', () => {
  const paths = [
    '/var/lib/rook/mon',
    '/var/lib/rook',
    '/mnt/disks/ssd1',
    '/var/lib/dbus',
    '/var/lib',
    '/',
    '/data/app',
    '/var/log/x',
  ];
  expect(decideDataPaths(paths, NAMES)).toEqual({
    data: [
      { path: '/var/lib/rook', how: 'made' },
      { path: '/mnt/disks/ssd1', how: 'used' },
      { path: '/var/lib/dbus', how: 'used' },
      { path: '/data', how: 'made' },
    ],
    shared: ['/var/lib', '/', '/var/log/x'],
  });
  // Of a claim that an older agent began, nobody knows what was there.
  expect(decideDataPaths(['/var/lib/rook'], [])).toEqual({
    data: [{ path: '/var/lib/rook', how: 'used' }],
    shared: [],
  });
});

const data: Leftover = { id: 'a'.repeat(32), kind: 'Data', what: 'data', path: '/var/lib/rook', cluster: 'c' };
const binding: Leftover = { id: 'b'.repeat(32), kind: 'Binding', what: 'link' };

test('data bind a host to their cluster, and block it where the owner says so', () => {
  const judge = (input: Parameters<typeof decideLeftovers>[1]) => {
    const { blocking, bound } = decideLeftovers([binding, data], input);
    return { blocking: blocking.map(({ kind }) => kind), bound: bound.map(({ kind }) => kind) };
  };
  expect(judge({})).toEqual({ blocking: ['Binding'], bound: ['Data'] });
  expect(judge({ leftovers: 'Block' })).toEqual({ blocking: ['Binding', 'Data'], bound: [] });
  expect(judge({ leftovers: 'Block', accepted: [data.id] })).toEqual({ blocking: ['Binding'], bound: ['Data'] });
  expect(judge({ accepted: [binding.id] })).toEqual({ blocking: [], bound: ['Data'] });
});

const TASK = '/run/containerd/io.containerd.runtime.v2.task/k8s.io/1/config.json';

/** A host whose pods had two host paths, of which one was there before. */
async function openNode() {
  const world = await openWorld('reset');
  await world.host.put('/srv/shared/of-the-owner', 'x');
  const entry = await listNames(world.host);
  await world.host.put('/var/lib/rook/mon.key', 'a secret');
  await world.host.put(TASK, configOf(bind('/var/lib/rook', 'rw'), bind('/srv/shared', 'rw')));
  const noted = new Map<string, string>();
  const kept = new Map<string, string>();
  const deps = {
    ...NO_NOTES,
    hasWorked: () => true,
    readBaseline: () => ({
      link: [],
      mount: ['/ (ext4)'],
      entry: [...entry, '/var', '/var/', '/var/lib', '/var/lib/'],
    }),
    recordNote: (_claim: unknown, kind: string, { subject }: { subject: string }) => void noted.set(subject, kind),
    listNotes: (_claim: unknown, wanted: string) =>
      [...noted].filter(([, kind]) => kind === wanted).map(([subject]) => ({ subject, note: '' })),
    replaceHostNotes: (kind: string, notes: readonly { subject: string; note: string }[]) =>
      void kept.set(kind, notes.map(({ subject, note }) => note || subject).join('\n')),
  };
  return { world, deps, kept };
}

async function reset({ world, deps }: Awaited<ReturnType<typeof openNode>>, more = {}): Promise<unknown> {
  const input = { skipEtcdMemberRemoval: true, cluster: 'till', ...more };
  await createNoteFolders(deps).act(world.context, input);
  await createEmptyOwnedZones(deps).act(world.context, input);
  return createResetPlan(deps)
    .steps.at(-1)
    ?.act(world.context, input)
    .catch((error: unknown) => error);
}

const isThere = async ({ host }: StepWorld, path: string): Promise<boolean> => (await host.stat(path)) !== undefined;

test('data of pods are named with their cluster, and the host is clean', async () => {
  const node = await openNode();
  expect(await reset(node)).toBeUndefined();
  expect(node.kept.get('leftover')).toContain('"what":"data of pods of cluster till in /var/lib/rook"');
  expect(node.kept.get('leftover')).toContain('data of pods of cluster till in /srv/shared, which was there before');
  expect(await isThere(node.world, '/var/lib/rook/mon.key')).toBe(true);
});

test('who has accepted data of a cluster has not accepted what it writes there when it comes back', async () => {
  const { world } = await openNode();
  const notes = { ...NO_NOTES, listNotes: () => [{ subject: '/srv/shared', note: '' }] };
  const list = (generation: number, earlier: Leftover[], cluster = 'till') =>
    listData(world.host, { notes, claim: { incarnation: 'a', generation }, before: {} }, { cluster, earlier });
  const first = await list(1, []);
  expect(await list(1, first)).toEqual(first);
  const second = await list(2, first);
  expect(second).toHaveLength(1);
  expect(second[0]?.id).not.toBe(first[0]?.id);
  // What others wrote beside is not theirs, and stays accepted or not as it was.
  expect(await list(3, first, 'other')).toContainEqual(first[0]);
});

test('where the owner wants them removed, only what came with the claim goes', async () => {
  const node = await openNode();
  expect(await reset(node, { leftovers: 'Remove' })).toBeUndefined();
  expect(await isThere(node.world, '/var/lib/rook/mon.key')).toBe(false);
  expect(await isThere(node.world, '/srv/shared/of-the-owner')).toBe(true);
  expect(node.kept.get('leftover')).not.toContain('/var/lib/rook');
});

test('nothing is removed through a link that a pod has laid', async () => {
  const node = await openNode();
  await node.world.host.put('/etc/of-the-owner/x', 'x');
  await node.world.host.put(TASK, configOf(bind('/var/lib/trap', 'rw')));
  await symlink(join(node.world.host.root, 'etc/of-the-owner'), join(node.world.host.root, 'var/lib/trap'));
  expect(await reset(node, { leftovers: 'Remove' })).toBeUndefined();
  expect(await isThere(node.world, '/etc/of-the-owner/x')).toBe(true);
  expect(node.kept.get('leftover')).toContain('/var/lib/trap');
});

test('nothing is removed from a disk that its owner has mounted where pods could write', async () => {
  const node = await openNode();
  const disk = '20 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 20 8:17 / /var/lib/rook rw - ext4 /dev/sdb1 rw\n';
  await node.world.host.put('/proc/self/mountinfo', disk);
  // A mount where pods of the claim could mount for the whole machine: its owner says that it is his.
  expect(await reset(node, { leftovers: 'Remove' })).toMatchObject({ reason: 'NotClean' });
  expect(await isThere(node.world, '/var/lib/rook/mon.key')).toBe(true);
  expect(node.kept.get('leftover')).toContain('"path":"/var/lib/rook"');
});

test('where the owner wants to be asked, the host is not clean', async () => {
  const node = await openNode();
  const error = await reset(node, { leftovers: 'Block' });
  expect(error).toMatchObject({ reason: 'NotClean', message: expect.stringContaining('/var/lib/rook') });
});

test('what a person has removed by hand stands in no report any more', async () => {
  const { world } = await openNode();
  const gone = { ...data, path: '/var/lib/gone' };
  const told = await dropGone(world.host, { notes: ['n'], leftovers: [data, gone, binding] });
  expect(told).toEqual({ notes: ['n'], leftovers: [data, binding] });
});
