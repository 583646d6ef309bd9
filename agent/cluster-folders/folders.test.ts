import { mkdirSync, rmdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BootstrapFile } from '../steps/join/cloud-init/bootstrap-plan.ts';
import { createFakeHost, type FakeHost } from '../host/fake-host.ts';
import { openJournal, type Journal } from '../journal/journal.ts';
import { emptyZones } from '../steps/reset/empty-owned-zones.ts';
import { decideMounts } from '../steps/reset/zone-mounts.ts';
import { listEndpoints, listFolders } from './folder-notes.ts';
import { findUnnoted, noteDocument, noteManifests, type Noting } from './note-folders.ts';
import { listToldRemains, planFolders, removeMade } from './plan-folders.ts';

let host: FakeHost;
let journal: Journal;
let noting: Noting;
const key = { incarnation: 'a', generation: 1 };

beforeEach(async () => {
  host = await createFakeHost();
  journal = openJournal(`${host.root}/state/journal.sqlite`);
  journal.openClaim(key);
  noting = { host, key, notes: journal };
  host.onRun(([command, , path = '']) => (command === 'rmdir' ? removeFolder(path) : undefined));
});

afterEach(async () => {
  journal.close();
  await host.remove();
});

/** As rmdir(1): only an empty one. */
function removeFolder(path: string): { exitCode: number } {
  try {
    rmdirSync(join(host.root, path));
  } catch {
    return { exitCode: 1 };
  }
  return { exitCode: 0 };
}

const document = (content: string): BootstrapFile[] => [
  {
    path: '/run/kubeadm/kubeadm.yaml',
    content: Buffer.from(content),
    owner: 'root:root',
    permissions: 0o640,
    append: false,
  },
];
const init = (dataDir: string): BootstrapFile[] =>
  document(`apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
controlPlaneEndpoint: api.example:6443
etcd: {local: {dataDir: ${dataDir}}}
`);
const JOINS = document('apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n');

/** kubeadm and etcd, as far as they leave something. */
async function runEtcd(path: string): Promise<void> {
  const pod = `spec:
  containers: [{command: [etcd, --data-dir=${path}], volumeMounts: [{mountPath: ${path}, name: d}]}]
  volumes: [{name: d, hostPath: {path: ${path}}}]`;
  await host.put('/etc/kubernetes/manifests/etcd.yaml', pod);
  await host.put(`${path}/member/snap/db`, 'every Secret of the cluster');
}

/** What a reset makes of the folders of the claim: what it leaves and names. */
async function reset(): Promise<string[]> {
  const plan = await planFolders(host, journal, key);
  await emptyZones(
    host,
    plan.empty.map(({ zone }) => zone),
  );
  await removeMade(host, plan);
  return listToldRemains(host, plan);
}

test('a folder that was missing goes with everything that was made for it', async () => {
  await host.put('/srv/owner', 'x');
  await noteDocument(noting, init('/srv/cluster/fast/etcd'));
  await runEtcd('/srv/cluster/fast/etcd');
  expect(await findUnnoted(noting)).toEqual([]);
  expect(await reset()).toEqual([]);
  expect(await host.list('/srv')).toEqual(['owner']);
});

test('one that was empty is emptied and stays; what the file system put there counts for nothing', async () => {
  mkdirSync(join(host.root, '/data/etcd/lost+found'), { recursive: true });
  await noteDocument(noting, init('/data/etcd'));
  await runEtcd('/data/etcd');
  expect(await reset()).toEqual([]);
  expect(await host.list('/data/etcd')).toEqual(['lost+found']);
});

test('one that was not empty is left as it is, and named while the cluster’s data is in it', async () => {
  await host.put('/data/photos/1.jpg', 'the owner’s');
  await noteDocument(noting, init('/data'));
  await runEtcd('/data');
  const told = ['data of etcd in /data (member): it was not empty when the claim began'];
  expect(await reset()).toEqual(told);
  expect((await host.readFile('/data/photos/1.jpg'))?.toString()).toBe('the owner’s');
  expect(await host.stat('/data/member/snap/db')).toBeDefined();
  rmSync(join(host.root, '/data/member'), { recursive: true });
  expect(await reset()).toEqual([]);
});

test('an etcd that was there before is the owner’s, and nothing is held against it', async () => {
  await host.put('/data/etcd/member/snap/db', 'the owner’s');
  await noteDocument(noting, init('/data/etcd'));
  expect(await reset()).toEqual([]);
  expect((await host.readFile('/data/etcd/member/snap/db'))?.toString()).toBe('the owner’s');
});

test('a control plane that joins: kubeadm has looked into the folder that only the cluster knew', async () => {
  await noteDocument(noting, JOINS);
  await runEtcd('/data/etcd');
  await noteManifests(noting);
  expect(listFolders(journal, key)).toMatchObject([{ path: '/data/etcd', before: 'empty' }]);
  expect(await reset()).toEqual([]);
  expect(await host.list('/data/etcd')).toEqual([]);
});

test.each([
  [
    'kubeadm was told to ignore that',
    document(`${JOINS[0]?.content.toString()}nodeRegistration: {ignorePreflightErrors: [all]}\n`),
  ],
  ['an older agent joined', undefined],
])('nobody knows what was in it: named, and not touched (%s)', async (_name, files) => {
  if (files) await noteDocument(noting, files);
  await runEtcd('/data/etcd');
  await noteManifests(noting);
  expect(await reset()).toEqual([
    'data of etcd in /data/etcd (member): nobody knows what was in it when the claim began',
  ]);
  expect(await host.stat('/data/etcd/member/snap/db')).toBeDefined();
});

test('a folder of the machine is refused, by its name or where a link leads', async () => {
  await host.put('/usr/lib/program', 'x');
  mkdirSync(join(host.root, '/data'));
  await noteDocument(noting, [...init('/data/etcd'), ...init('/var/lib')]);
  symlinkSync('../usr/lib', join(host.root, '/data/etcd'));
  await runEtcd('/data/etcd');
  expect(await reset()).toEqual(['data of etcd in /data/etcd (member): it belongs to the operating system']);
  expect(await host.list('/usr/lib')).toEqual(['member', 'program']);
});

test('a link into a folder that is emptied anyway is left to that', async () => {
  mkdirSync(join(host.root, '/var/lib/etcd'), { recursive: true });
  mkdirSync(join(host.root, '/data'));
  symlinkSync('../var/lib/etcd', join(host.root, '/data/etcd'));
  await noteDocument(noting, init('/data/etcd'));
  expect(await planFolders(host, journal, key)).toEqual({ empty: [], tell: [] });
});

test('the first word stands, through every try of a claim, and ends with it', async () => {
  await noteDocument(noting, init('/data/etcd'));
  await runEtcd('/data/etcd');
  await noteDocument(noting, init('/data/etcd'));
  expect(listFolders(journal, key)).toMatchObject([{ before: 'absent', top: '/data' }]);
  expect(listEndpoints(journal, key)).toEqual(['api.example']);
  journal.closeClaim(key);
  expect(listFolders(journal, key)).toEqual([]);
});

const mounted = (target: string) => ({
  id: '1',
  parent: '0',
  device: '0:1',
  root: '/',
  target,
  type: 'tmpfs',
  options: '',
});

test('mounts of pods below the kubelet’s own folder go with the pods, others stop the reset', async () => {
  await noteDocument(
    noting,
    document(
      'apiVersion: kubeadm.k8s.io/v1beta4\nnodeRegistration: {kubeletExtraArgs: [{name: root-dir, value: /data/kubelet}]}\n',
    ),
  );
  const zones = (await planFolders(host, journal, key)).empty.map(({ zone }) => zone);
  const mounts = ['/data/kubelet/pods/a/volumes/x', '/data/kubelet/disk'].map(mounted);
  expect(decideMounts(mounts, zones)).toEqual({
    own: ['/data/kubelet/pods/a/volumes/x'],
    foreign: ['/data/kubelet/disk'],
  });
});
