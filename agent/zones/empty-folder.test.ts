import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { emptyFolder } from './empty-folder.ts';
import { walkFolder } from './walk-folder.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'byo-zones-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function put(path: string, content: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), content);
}

const NOTHING: ReadonlySet<string> = new Set();

async function list(path: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { path: below } of walkFolder(root, path)) found.push(below);
  return found;
}

test('everything goes but what is kept, whatever its name', async () => {
  await put('/zone/member/wal/0.wal', 'theirs');
  await put('/zone/member/new', 'ours');
  await put('/zone/deep/er/file', 'ours');
  await mkdir(join(root, 'zone/empty'));
  await symlink('/etc', join(root, 'zone/link'));
  await writeFile(Buffer.from(`${root}/zone/\xff\xfe`, 'latin1'), 'no UTF-8');
  await put('/zone/lost+found/x', 'of the file system');
  await emptyFolder(root, { path: '/zone', kept: new Set(['member', 'member/wal', 'member/wal/0.wal', 'empty']) });
  expect(await list('/zone')).toEqual(['empty', 'member', 'member/wal', 'member/wal/0.wal']);
  expect(await readFile(join(root, 'zone/member/wal/0.wal'), 'utf8')).toBe('theirs');
  expect(await readdir(join(root, 'zone/lost+found'))).toEqual(['x']);
  await emptyFolder(root, { path: '/zone', kept: NOTHING });
  expect(await list('/zone')).toEqual([]);
  await emptyFolder(root, { path: '/missing/zone', kept: NOTHING });
});

test('a link in the zone is removed, not followed; one on the way is refused', async () => {
  await put('/data/file', 'theirs');
  await mkdir(join(root, 'zone'));
  await symlink('../data', join(root, 'zone/link'));
  await emptyFolder(root, { path: '/zone', kept: NOTHING });
  expect(await readdir(join(root, 'zone'))).toEqual([]);
  await rename(join(root, 'zone'), join(root, 'gone'));
  await symlink('data', join(root, 'zone'));
  await expect(emptyFolder(root, { path: '/zone', kept: NOTHING })).rejects.toThrow('/zone has become a link');
  expect(await readFile(join(root, 'data/file'), 'utf8')).toBe('theirs');
});

test('folders deeper than files can be open are deleted all the same', async () => {
  const deep = Array.from({ length: 520 }, () => 'd').join('/');
  const script = 'cd "$1" && mkdir zone && cd zone && n=0; while [ $n -lt 520 ]; do mkdir d; cd -P d; n=$((n+1)); done';
  await promisify(execFile)('sh', ['-c', script, 'sh', root]);
  expect((await list('/zone')).at(-1)).toBe(deep);
  await emptyFolder(root, { path: '/zone', kept: NOTHING });
  expect(await list('/zone')).toEqual([]);
});

/** In a mount namespace of its own, so that nothing is left mounted whatever happens. */
async function emptyBehindMount(mount: string, kept: readonly string[] = []): Promise<string> {
  const call = [
    `import { emptyFolder } from ${JSON.stringify(join(import.meta.dirname, 'empty-folder.ts'))};`,
    `const wish = { path: '/zone', kept: new Set(${JSON.stringify(kept)}) };`,
    `await emptyFolder(${JSON.stringify(root)}, wish).catch((e) => console.log(e.reason, e.message));`,
  ].join('\n');
  await writeFile(join(root, 'call.mts'), call);
  const script = `cd "$1" && ${mount} && "$2" call.mts`;
  const argv = ['--mount', 'sh', '-ec', script, 'sh', root, process.execPath];
  return (await promisify(execFile)('unshare', argv)).stdout;
}

test.each([
  ['a folder of the same file system', 'mount --bind data zone/volumes', 'volumes'],
  ['a file', 'touch zone/volumes/one && mount --bind data/file zone/volumes/one', 'volumes/one'],
  ['another file system', 'mount -t tmpfs none zone/volumes && cp data/file zone/volumes/', 'volumes'],
])('a mount of %s stops the deletion, and nothing on it is deleted', async (_what, mount, place) => {
  await put('/data/file', 'theirs');
  await mkdir(join(root, 'zone/volumes'), { recursive: true });
  const said = await emptyBehindMount(mount);
  expect(said).toContain(`ResetBlocked /zone/${place} cannot be deleted: something is mounted there`);
  expect(await readFile(join(root, 'data/file'), 'utf8')).toBe('theirs');
});

test('a mount that was there before is left alone, and what is beside it goes', async () => {
  await put('/data/file', 'theirs');
  await put('/zone/new', 'ours');
  await mkdir(join(root, 'zone/volumes'));
  expect(await emptyBehindMount('mount --bind data zone/volumes', ['volumes'])).toBe('');
  expect(await list('/zone')).toEqual(['volumes']);
  expect(await readFile(join(root, 'data/file'), 'utf8')).toBe('theirs');
});
