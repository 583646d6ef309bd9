// Unpacking a layer: honest ones file by file, hostile ones not at all.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { Header } from 'tar-stream';
import { expect, test } from 'vitest';
import { layerPaths } from '../layers.ts';
import { codeOf, copyWithFlippedBit, makeBundle, makeStore, makeTar } from '../testing/fixtures.ts';
import { blobPath, keepOnly, type BlobStore } from '../store/blob-store.ts';
import { openBundle } from './open-bundle.ts';
import { openFolder } from '../sources/source.ts';
import { listLayer, stagingFolder, unpackLayer } from './unpack-layer.ts';
import type { ArchiveFile } from './walk-archive.ts';

const allow = ['usr/local/bin/kubeadm', 'usr/local/bin/kubelet', 'opt/cni/bin/*'];
const good = { name: 'usr/local/bin/kubeadm', content: Buffer.from('binary'), mode: 0o755 };

type TestEntry = Partial<Header> & { name: string; content?: Buffer };

/** Unpacks these bytes as a layer; `handed` lists what came out. */
async function unpack(archive: Buffer): Promise<{ handed: string[]; ended: Promise<void> }> {
  const { store, blob } = await makeStore(archive);
  const handed: string[] = [];
  const onEntry = async ({ path, mode, stream }: ArchiveFile) => {
    handed.push(`${path} ${mode.toString(8)} ${(await buffer(stream)).toString()}`);
  };
  return { handed, ended: unpackLayer({ store, blob, allow, onEntry }) };
}

/** How an unpacking ended, and what it handed out before that. */
async function judge(archive: Buffer): Promise<string[]> {
  const { handed, ended } = await unpack(archive);
  return [await codeOf(ended), ...handed];
}

function refuse(): Promise<void> {
  return Promise.reject(new Error('disk of the host is full'));
}

function readNothing(): Promise<void> {
  return Promise.resolve();
}

test('files come out with masked modes; directories are only looked at', async () => {
  const entries = [
    { name: './usr/', type: 'directory' as const, mode: 0o777 },
    { name: './usr/local/bin/kubeadm', content: Buffer.from('a'), mode: 0o777 },
    { name: 'usr/local/bin/kubelet', content: Buffer.alloc(0), mode: 0o100 },
    { name: 'opt/cni/bin/bridge', content: Buffer.from('c'), mode: 0o666 },
  ];
  const { handed, ended } = await unpack(gzipSync(await makeTar(entries)));
  await ended;
  expect(handed).toEqual(['usr/local/bin/kubeadm 755 a', 'usr/local/bin/kubelet 755 ', 'opt/cni/bin/bridge 644 c']);
});

const hostile: [string, TestEntry][] = [
  ['an absolute path', { name: '/usr/local/bin/kubelet' }],
  ['a path that climbs', { name: 'usr/local/bin/../../../etc/passwd' }],
  ['a path that climbs at once', { name: '../kubelet' }],
  ['a path that climbs after ./', { name: './../kubelet' }],
  ['a path that climbs and comes back', { name: 'usr/local/bin/../bin/kubelet' }],
  ['an empty part in the path', { name: 'usr//local/bin/kubelet' }],
  ['a path not allowed', { name: 'etc/cron.d/evil' }],
  ['a path below an allowed folder', { name: 'opt/cni/bin/deep/evil' }],
  ['an allowed folder itself as a file', { name: 'opt/cni/bin' }],
  ['a directory not allowed', { name: 'etc/', type: 'directory' }],
  ['a directory in place of a file', { name: 'usr/local/bin/kubelet/', type: 'directory' }],
  ['a backslash', { name: 'opt/cni/bin/..\\evil' }],
  ['a control character', { name: 'opt/cni/bin/a\u001b[2J' }],
  ['a character that looks like another', { name: 'opt/cni/bin/brіdge' }],
  ['an endless name', { name: `opt/cni/bin/${'a'.repeat(300)}` }],
  ['a symbolic link', { name: 'opt/cni/bin/link', type: 'symlink', linkname: '/etc/passwd' }],
  ['a hard link', { name: 'opt/cni/bin/link', type: 'link', linkname: 'usr/local/bin/kubeadm' }],
  ['a symbolic link in place of a folder', { name: 'opt/cni', type: 'symlink', linkname: '/etc' }],
  ['a character device', { name: 'opt/cni/bin/mem', type: 'character-device', devmajor: 1, devminor: 1 }],
  ['a block device', { name: 'opt/cni/bin/sda', type: 'block-device', devmajor: 8, devminor: 0 }],
  ['a FIFO', { name: 'opt/cni/bin/fifo', type: 'fifo' }],
  ['a contiguous file', { name: 'opt/cni/bin/file', type: 'contiguous-file' }],
  ['setuid', { name: 'usr/local/bin/kubelet', mode: 0o4755 }],
  ['setgid', { name: 'usr/local/bin/kubelet', mode: 0o2755 }],
  ['the sticky bit', { name: 'usr/local/bin/kubelet', mode: 0o1755 }],
  ['a file capability', { name: 'usr/local/bin/kubelet', pax: { 'SCHILY.xattr.security.capability': 'x' } }],
  ['a sparse file', { name: 'usr/local/bin/kubelet', pax: { 'GNU.sparse.major': '1' } }],
  ['another path in its pax header', { name: 'usr/local/bin/kubelet', pax: { path: '../../etc/shadow' } }],
  ['a size in its pax header', { name: 'usr/local/bin/kubelet', pax: { size: '1099511627776' } }],
  ['a negative size', { name: 'usr/local/bin/kubelet', pax: { size: '-1' } }],
  ['the same path twice', { ...good }],
];

test.each(hostile)('a layer with %s is refused whole', async (_name, entry) => {
  expect(await judge(gzipSync(await makeTar([good, entry])))).toEqual(['UnsafeArchive']);
});

test('bytes that are no whole tar+gzip are refused', async () => {
  const tar = await makeTar([good]);
  expect(await judge(Buffer.from('not gzip at all'))).toEqual(['UnsafeArchive']);
  expect(await judge(gzipSync(Buffer.from('x'.repeat(1024))))).toEqual(['UnsafeArchive']);
  expect(await judge(gzipSync(tar.subarray(0, 515)))).toEqual(['UnsafeArchive']);
  expect(await judge(gzipSync(tar).subarray(0, -20))).toEqual(['UnsafeArchive']);
});

test('bombs are refused quickly: a huge file, huge padding, too many entries', async () => {
  const started = process.cpuUsage();
  expect(await judge(gzipSync(await makeTar([{ ...good, content: Buffer.alloc(100e6) }])))).toEqual(['UnsafeArchive']);
  expect(await judge(gzipSync(Buffer.concat([await makeTar([good]), Buffer.alloc(100e6)])))).toEqual(['UnsafeArchive']);
  const many = Array.from({ length: 1100 }, (_, at) => ({ name: `opt/cni/bin/p${at}` }));
  expect(await judge(gzipSync(await makeTar(many)))).toEqual(['UnsafeArchive']);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1000).toBeLessThan(10_000);
});

test('a layer with one flipped bit hands out nothing', async () => {
  const { folder, digest } = await makeBundle();
  const bundle = await openBundle({ source: openFolder(folder), digest, platform: 'linux/amd64' });
  for (const { title, blob } of bundle.layers) {
    const store = { dir: `${await copyWithFlippedBit(folder, blob.digest)}/blobs` };
    expect(await codeOf(unpackLayer({ store, blob, allow: layerPaths[title], onEntry: refuse }))).toBe(
      'DigestMismatch',
    );
  }
});

test('a layer unpacks as often as asked, and a change in between is noticed', async () => {
  const { store, blob } = await makeStore(gzipSync(await makeTar([good])));
  const handed: string[] = [];
  const onEntry = async ({ path, stream }: ArchiveFile) => {
    handed.push(`${path} ${(await buffer(stream)).toString()}`);
  };
  await unpackLayer({ store, blob, allow, onEntry });
  await unpackLayer({ store, blob, allow, onEntry });
  expect(await codeOf(unpackLayer({ store, blob, allow: ['opt/cni/bin/*'], onEntry }))).toBe('UnsafeArchive');
  await writeFile(blobPath(store, blob.digest), gzipSync(await makeTar([{ ...good, content: Buffer.from('other!') }])));
  expect(await codeOf(unpackLayer({ store, blob, allow, onEntry }))).toBe('DigestMismatch');
  expect(handed).toEqual(['usr/local/bin/kubeadm binary', 'usr/local/bin/kubeadm binary']);
});

test('an error of the receiver ends the walk and stays what it is', async () => {
  const { store, blob } = await makeStore(gzipSync(await makeTar([good, { ...good, name: 'opt/cni/bin/a' }])));
  await expect(unpackLayer({ store, blob, allow, onEntry: refuse })).rejects.toThrow('disk of the host is full');
  await expect(unpackLayer({ store, blob, allow, onEntry: readNothing })).rejects.toThrow('was not read to its end');
});

test('of an unpacking nothing stays in the store, whether it ended well, badly or not at all', async () => {
  const { store, blob } = await makeStore(gzipSync(await makeTar([good])));
  const left = stagingFolder({ store, blob, allow });
  const look = async () => (await readdir(dirname(left))).length;
  await mkdir(left, { recursive: true });
  await writeFile(join(left, '7'), 'of a process that was killed');
  await expect(unpackLayer({ store, blob, allow, onEntry: refuse })).rejects.toThrow('disk of the host is full');
  expect(await look()).toBe(0);
  await unpackLayer({ store, blob, allow, onEntry: async ({ stream }) => void (await buffer(stream)) });
  expect(await look()).toBe(0);
  expect(await codeOf(unpackLayer({ store, blob, allow: [], onEntry: refuse }))).toBe('UnsafeArchive');
  expect(await look()).toBe(0);
  await mkdir(left);
  await keepOnly(store, [blob]);
  await expect(look()).rejects.toThrow('ENOENT');
});

test('a layer is listed with the hashes of its files, or not at all', async () => {
  const { store, blob } = await makeStore(gzipSync(await makeTar([good])));
  const sha256 = createHash('sha256').update('binary').digest('hex');
  expect(await listLayer({ store, blob, allow })).toEqual([{ path: good.name, mode: 0o755, size: 6, sha256 }]);
  expect(await codeOf(listLayer({ store, blob, allow: [] }))).toBe('UnsafeArchive');
});

/** Files of the store that this process holds open. */
async function listOpen({ dir }: BlobStore): Promise<string[]> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return links.filter((path) => path.startsWith(dir));
}

test('a layer that breaks amid its bytes is let go of', async () => {
  const { store, blob } = await makeStore(Buffer.from('not gzip at all'));
  expect(await codeOf(unpackLayer({ store, blob, allow, onEntry: refuse }))).toBe('UnsafeArchive');
  await expect.poll(() => listOpen(store)).toEqual([]);
});
