// Images are made by the project itself: that podman takes them is shown by `npm run test:install`; here that they are alike.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeImageArchive } from './archive.ts';
import { writeLayer, type LayerEntry } from './layer.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byo-image-'));
  await writeFile(join(folder, 'program'), 'a program');
});
afterEach(() => rm(folder, { recursive: true }));

const entries = (): LayerEntry[] => [
  { path: 'usr/lib/b.so', link: 'b.so.1' },
  { path: 'usr/lib/b.so.1', from: join(folder, 'program'), mode: 0o755 },
  { path: 'etc/passwd', text: 'byo:x:65532:65532::/:/none\n' },
  { path: 'tmp', mode: 0o1777 },
];

const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const list = (file: string) =>
  spawnSync('tar', ['-tvf', file, '--numeric-owner'], { env: { TZ: 'UTC' } }).stdout.toString();

test('the same files are the same layer, whenever and in whatever order they come', async () => {
  const first = await writeLayer(entries(), join(folder, 'first'));
  await utimes(join(folder, 'program'), new Date(5e11), new Date(5e11));
  const second = await writeLayer(entries().toReversed(), join(folder, 'second'));
  expect(second).toEqual({ ...first, file: join(folder, 'second') });
  const bytes = await readFile(first.file);
  expect([first.digest, first.size]).toEqual([sha256(bytes), bytes.length]);
  expect(first.diffId).toBe(sha256(gunzipSync(bytes)));
  await writeFile(join(folder, 'program'), 'another');
  expect((await writeLayer(entries(), join(folder, 'third'))).diffId).not.toBe(first.diffId);
});

test('a layer has every folder before what is in it, and tar reads it', async () => {
  const { file } = await writeLayer(entries(), join(folder, 'layer'));
  const lines = list(file).trim().split('\n');
  expect(lines.map((line) => line.replace(/ +/g, ' ').replace('1970-01-01 00:00 ', ''))).toEqual([
    'drwxr-xr-x 0/0 0 etc',
    '-rw-r--r-- 0/0 27 etc/passwd',
    'drwxrwxrwt 0/0 0 tmp',
    'drwxr-xr-x 0/0 0 usr',
    'drwxr-xr-x 0/0 0 usr/lib',
    'lrwxrwxrwx 0/0 0 usr/lib/b.so -> b.so.1',
    '-rwxr-xr-x 0/0 9 usr/lib/b.so.1',
  ]);
});

test.each(['../escape', '/absolute', 'a//b', ''])('%j is no path of a layer', async (path) => {
  await expect(writeLayer([{ path, text: '' }], join(folder, 'layer'))).rejects.toThrow('no path below the root');
});

test('a file that cannot be read fails the layer', async () => {
  const missing = [{ path: 'a', from: join(folder, 'nowhere') }];
  await expect(writeLayer(missing, join(folder, 'layer'))).rejects.toThrow(/nowhere/);
});

test('an archive is an OCI layout whose every digest holds', async () => {
  const layer = await writeLayer(entries(), join(folder, 'layer'));
  const start = { Entrypoint: ['/program'], User: '65532:65532', WorkingDir: '/', Env: [] };
  const images = (['amd64', 'arm64'] as const).map((architecture) => ({ architecture, layers: [layer], start }));
  const labels = { 'org.opencontainers.image.title': 'byo-x' };
  const write = (path: string) =>
    writeImageArchive({ reference: 'localhost/byo-x:v0.1.0', labels, images, path: join(folder, path) });
  const digest = await write('one.tar');
  expect(await write('two.tar')).toBe(digest);
  expect(await readFile(join(folder, 'two.tar'))).toEqual(await readFile(join(folder, 'one.tar')));
  expect(spawnSync('tar', ['-xf', 'one.tar'], { cwd: folder }).status).toBe(0);
  const read = (at: string) => readFile(join(folder, 'blobs', at.replace(':', '/')));
  const checked = spawnSync('sh', ['-c', 'for f in *; do echo "$f  $f"; done | sha256sum -c --quiet'], {
    cwd: join(folder, 'blobs/sha256'),
  });
  expect(checked.status).toBe(0);
  const top: unknown = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
  expect(top).toMatchObject({
    manifests: [{ digest, annotations: { 'io.containerd.image.name': 'localhost/byo-x:v0.1.0' } }],
  });
  expect(JSON.parse((await read(digest)).toString())).toMatchObject({
    manifests: [{ platform: { architecture: 'amd64' } }, { platform: { architecture: 'arm64' } }],
  });
});
