import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createCompareBaseline } from '../steps/reset/compare-baseline.ts';
import { closeWorlds, NO_NOTES, openWorld } from '../testing/step-world.ts';
import { listHostPaths, listUntold, noteHostPaths } from './host-paths.ts';

afterEach(closeWorlds);

const TASKS = '/run/containerd/io.containerd.runtime.v2.task/k8s.io';
const configOf = (sources: readonly string[], more = ''): string =>
  JSON.stringify({ more, mounts: sources.map((source) => ({ type: 'bind', source, options: ['rw'] })) });

async function openNode() {
  const { host, context } = await openWorld('reset');
  const noted: { kind: string; subject: string }[] = [];
  let isFull = false;
  const notes = {
    ...NO_NOTES,
    hasWorked: () => true,
    readBaseline: () => ({ entry: ['/', '/opt', '/opt/', '/srv', '/srv/', '/srv/there'] }),
    recordNote: (_: unknown, kind: string, { subject }: { subject: string }) => {
      if (isFull) throw new Error('disk full');
      noted.push({ kind, subject });
    },
    listNotes: (_: unknown, wanted: string) =>
      noted.filter(({ kind }) => kind === wanted).map(({ subject }) => ({ subject, note: '' })),
  };
  const seen = new Set<string>();
  const look = () => noteHostPaths({ host, key: context.key, notes }, seen);
  const run = (id: string, config: string) => host.put(`${TASKS}/${id}/config.json`, config);
  const listPaths = () => listHostPaths(notes, context.key);
  const listOthers = () => listUntold(notes, context.key);
  return { host, context, notes, look, run, listPaths, listOthers, fill: (is: boolean) => void (isFull = is) };
}

const volumes = (folder: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${folder}/pvc-${n}`);

test('volumes of one provisioner are one note, however many come and go', async () => {
  const node = await openNode();
  await node.run('1', configOf(volumes('/opt/provisioner', 1000)));
  await node.look();
  expect(node.listPaths()).toEqual(['/opt/provisioner/pvc-0']);
  expect(node.listOthers()).toEqual([]);
});

test('a pod that names more than can be noted does not make the rest unseen: the host is not clean', async () => {
  const node = await openNode();
  await node.run('1', configOf(volumes('/srv/there', 300)));
  await node.look();
  expect(node.listPaths()).toHaveLength(256);
  expect(node.listOthers()).toEqual(['more than 256 host paths']);
  const step = createCompareBaseline(node.notes);
  const error = await step.act(node.context, { skipEtcdMemberRemoval: true }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ reason: 'NotClean', message: expect.stringContaining('more than 256 host paths') });
});

test('a large environment hides no host path, and one beyond any is told', async () => {
  const node = await openNode();
  await node.run('1', configOf(['/opt/rook'], 'x'.repeat(1024 * 1024)));
  await node.run('2', '');
  await truncate(join(node.host.root, TASKS, '2/config.json'), 17 * 1024 * 1024);
  await node.look();
  expect(node.listPaths()).toEqual(['/opt/rook']);
  expect(node.listOthers()).toEqual(['a configuration that is too large to be read']);
});

test('a configuration that is not whole yet, and one that could not be written down, are read again', async () => {
  const node = await openNode();
  await node.run('1', '{"mounts":[{"type":"bi');
  await node.look();
  await node.run('1', configOf(['/opt/rook']));
  node.fill(true);
  await expect(node.look()).rejects.toThrow('disk full');
  node.fill(false);
  await node.look();
  expect(node.listPaths()).toEqual(['/opt/rook']);
});
