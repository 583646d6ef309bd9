import { chmod, lchown, lstat, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeHost, type FakeHost } from '../host/fake-host.ts';
import { openJournal, type Journal } from '../journal/journal.ts';
import type { Ledger } from './ledger.ts';
import { createLedger } from './machine-ledger.ts';
import { snapshotTree } from './snapshot-tree.ts';

let host: FakeHost;
let folder: string;
let journal: Journal;
let ledger: Ledger;
const claim = { incarnation: 'a', generation: 1 };

beforeEach(async () => {
  host = await createFakeHost();
  folder = await mkdtemp(join(tmpdir(), 'byo-ledger-'));
  journal = openJournal(join(folder, 'journal.db'));
  ledger = createLedger({ journal, host, claim });
});

afterEach(async () => {
  journal.close();
  await host.remove();
  await rm(folder, { recursive: true, force: true });
});

const read = (path: string): Promise<string> => readFile(host.root + path, 'utf8');

test('files, folders and links come back exactly as they were', async () => {
  await host.put('/etc/kept', 'old', 0o640);
  await host.put('/etc/large', Buffer.alloc(2 * 1024 * 1024, 'x'), 0o600);
  await host.put('/etc/removed', 'gone for a while', 0o755);
  await symlink('kept', join(host.root, 'etc/link'));
  await lchown(join(host.root, 'etc/link'), 65_534, 65_534);
  const before = await snapshotTree(host.root);
  await ledger.writeFile('/etc/kept', 'new', { mode: 0o600 });
  await ledger.writeFile('/etc/kept', 'newer', { mode: 0o600 });
  await ledger.writeFile('/etc/large', Readable.from([Buffer.from('sm'), Buffer.from('all')]), { mode: 0o600 });
  await ledger.writeFile('/etc/link', 'now a file', { mode: 0o644 });
  await ledger.removeFile('/etc/removed');
  await ledger.writeFile('/usr/local/bin/kubelet', 'binary', { mode: 0o755 });
  await ledger.ensureDirectory('/etc/containerd/conf.d', { mode: 0o700 });
  expect(await read('/etc/large')).toBe('small');
  expect(await read('/etc/kept')).toBe('newer');
  expect((await host.stat('/etc/containerd/conf.d'))?.mode).toBe(0o700);
  expect((await host.stat('/etc/containerd'))?.mode).toBe(0o755);
  expect((await host.stat('/usr/local/bin/kubelet'))?.mode).toBe(0o755);
  expect(await ledger.undoAll()).toEqual([]);
  expect(await snapshotTree(host.root)).toEqual(before);
});

test('a link at the target is replaced, not followed; one among the folders is resolved', async () => {
  await host.put('/real/target', 'untouched');
  await symlink('target', join(host.root, 'real/link'));
  await symlink('real', join(host.root, 'alias'));
  await ledger.writeFile('/alias/link', 'ours', { mode: 0o644 });
  expect(await read('/real/target')).toBe('untouched');
  await rm(join(host.root, 'alias'));
  await mkdir(join(host.root, 'elsewhere'));
  await symlink('elsewhere', join(host.root, 'alias'));
  expect(await ledger.undoAll()).toEqual([]);
  expect((await lstat(join(host.root, 'real/link'))).isSymbolicLink()).toBe(true);
  expect(await host.list('/elsewhere')).toEqual([]);
});

test('an append is made once, however often it is asked for', async () => {
  await host.put('/etc/hosts', '127.0.0.1 localhost\n');
  const first = Buffer.from('10.0.0.1 api\n');
  const second = Buffer.from('10.0.0.2 db\n');
  for (const content of [first, second, first, second]) await ledger.appendFile('/etc/hosts', content, { mode: 0o644 });
  expect(await read('/etc/hosts')).toBe('127.0.0.1 localhost\n10.0.0.1 api\n10.0.0.2 db\n');
  await ledger.undoAll();
  expect(await read('/etc/hosts')).toBe('127.0.0.1 localhost\n');
});

test('secret content is never in the journal, and what is volatile is not owed', async () => {
  await host.put('/etc/kubernetes/pki/ca.key', 'OLD-SECRET-1');
  await host.put('/run/kubeadm/kubeadm.yaml', 'OLD-SECRET-2');
  const overwriting = ledger.writeFile('/etc/kubernetes/pki/ca.key', 'NEW-SECRET', { mode: 0o600 });
  await expect(overwriting).rejects.toMatchObject({ reason: 'HostUnfit', retryable: false });
  await ledger.writeFile('/etc/kubernetes/pki/sa.key', 'NEW-SECRET', { mode: 0o600 });
  await ledger.removeFile('/run/kubeadm/kubeadm.yaml');
  await ledger.writeFile('/run/kubeadm/kubeadm.yaml', 'NEW-SECRET', { mode: 0o600 });
  await ledger.writeFile('/etc/seeded', 'x', { mode: 0o600 });
  await ledger.writeFile('/etc/seeded', 'y', { mode: 0o600 });
  expect(await ledger.undoAll()).toEqual([]);
  expect(await host.list('/run/kubeadm')).toEqual([]);
  expect(await read('/etc/kubernetes/pki/ca.key')).toBe('OLD-SECRET-1');
  expect(await host.list('/etc/kubernetes/pki')).toEqual(['ca.key']);
  journal.close();
  const bytes = await readFile(join(folder, 'journal.db'), 'latin1');
  expect(bytes).toContain('/etc/kubernetes/pki/sa.key');
  expect(bytes).not.toMatch(/SECRET/);
  journal = openJournal(join(folder, 'journal.db'));
});

test('a folder to which a package has come meanwhile is the package’s; a file of nobody’s in it is still told', async () => {
  const owned = new Set(['/etc/keepalived/samples']);
  host.onRun(([command, , , ...paths]) => {
    if (command !== 'dpkg-query') return { exitCode: 127 };
    return paths.every((path) => owned.has(path)) ? { stdout: `keepalived: ${paths[0]}\n` } : { exitCode: 1 };
  });
  await ledger.writeFile('/etc/keepalived/keepalived.conf', 'x', { mode: 0o644 });
  await host.put('/etc/keepalived/samples', 'of the package');
  await host.put('/etc/keepalived/other', 'x');
  const problems = await ledger.undoAll();
  expect(problems[0]).toEqual({ path: '/etc/keepalived', problem: 'it is not empty: other, samples' });
  await rm(join(host.root, '/etc/keepalived/other'));
  expect((await ledger.undoAll()).map(({ path }) => path)).not.toContain('/etc/keepalived');
  expect(await host.list('/etc/keepalived')).toEqual(['samples']);
});

test('a folder that others use stays, and is tried again', async () => {
  await ledger.ensureDirectory('/opt/cni/bin', { mode: 0o755 });
  await host.put('/opt/cni/bin/foreign', 'x');
  expect(await ledger.undoAll()).toEqual([
    { path: '/opt/cni/bin', problem: 'it is not empty: foreign' },
    { path: '/opt/cni', problem: 'it is not empty: bin' },
    { path: '/opt', problem: 'it is not empty: cni' },
  ]);
  await rm(join(host.root, 'opt/cni/bin/foreign'));
  expect(await ledger.undoAll()).toEqual([]);
  expect(await host.list('/')).toEqual(['proc']);
});

test('at last, a folder that others use is told, and is no problem any more', async () => {
  await ledger.ensureDirectory('/opt/app/bin', { mode: 0o755 });
  await host.put('/opt/app/bin/crictl', 'x');
  expect(await ledger.undoAll({ isLast: true })).toEqual([]);
  expect(await ledger.undoAll()).toEqual([]);
  expect(await host.list('/opt/app/bin')).toEqual(['crictl']);
  expect(ledger.listNotes()[2]).toEqual({ path: '/opt/app/bin', note: 'the folder stays: it is not empty: crictl' });
});

test('a folder that was there keeps its mode', async () => {
  await host.put('/etc/own/file', 'x');
  await chmod(join(host.root, 'etc/own'), 0o750);
  await ledger.ensureDirectory('/etc/own', { mode: 0o755 });
  expect((await host.stat('/etc/own'))?.mode).toBe(0o750);
});

test('what is no file is not overwritten', async () => {
  await mkdir(join(host.root, 'etc/folder'), { recursive: true });
  await expect(ledger.writeFile('/etc/folder', 'x', { mode: 0o644 })).rejects.toMatchObject({ reason: 'StepFailed' });
  await writeFile(join(host.root, 'etc/file'), 'x');
  await expect(ledger.ensureDirectory('/etc/file/below', { mode: 0o755 })).rejects.toMatchObject({
    reason: 'StepFailed',
  });
  await expect(ledger.writeFile('relative', 'x', { mode: 0o644 })).rejects.toThrow(TypeError);
});

test('a link does not lead a change into the agent’s own folders, and one of a local user leads nowhere', async () => {
  await mkdir(join(host.root, 'var/lib/byo-agent'), { recursive: true });
  await mkdir(join(host.root, 'etc'), { recursive: true });
  await symlink('var/lib/byo-agent', join(host.root, 'way'));
  await expect(ledger.writeFile('/way/identity.json', 'x', { mode: 0o600 })).rejects.toMatchObject({
    reason: 'StepFailed',
    retryable: false,
  });
  await symlink('etc', join(host.root, 'planted'));
  await lchown(join(host.root, 'planted'), 65_534, 65_534);
  const planted = ledger.writeFile('/planted/deep/cron', 'x', { mode: 0o600 });
  await expect(planted).rejects.toThrow('/planted is a link of user 65534: nothing is written there');
  expect(await readdir(join(host.root, 'etc'))).toEqual([]);
});
