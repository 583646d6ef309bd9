import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { MAX_LEFTOVERS, type Leftover } from '../../api/report/reported-host.ts';
import { listNames } from '../baseline/list-names.ts';
import { createFakeHost, type FakeHost } from '../host/fake-host.ts';
import { parseMounts } from '../linux/mounts.ts';
import { dropGone, isOnKnownMount } from './data-left.ts';
import { fitLeftovers, recallTold, recordLeftovers } from './told.ts';

const open: FakeHost[] = [];
afterEach(async () => {
  for (const host of open.splice(0)) await host.remove();
});

async function openHost(): Promise<FakeHost> {
  const host = await createFakeHost();
  open.push(host);
  return host;
}

const ROOT = '20 1 8:1 / / rw - ext4 /dev/sda1 rw\n';
const mounted = (target: string, type: string): string => `${ROOT}30 20 8:17 / ${target} rw - ${type} x rw\n`;
const idOf = (n: number): string => n.toString(16).padStart(32, '0');
const dataAt = (path: string, n = 1, cluster = 'till'): Leftover => ({
  id: idOf(n),
  kind: 'Data',
  what: path.slice(0, 100),
  path,
  cluster,
});

const SRV = '/srv (ext4)';

test.each([
  ['the folder of a claim on the root', [], ROOT, '/srv/app', true],
  ['a disk that was there before', [SRV], mounted('/srv', 'ext4'), '/srv/app', true],
  ['a disk that came later, of which nothing was listed', [], mounted('/srv', 'ext4'), '/srv/app', false],
  ['another disk in the place of one', [SRV], mounted('/srv', 'xfs'), '/srv/app', false],
  ['what a disk that is gone had covered', [SRV], ROOT, '/srv/app', false],
  ['a disk that came later, at the folder itself', [], mounted('/data', 'ext4'), '/data', false],
  ['a folder of a name that begins with that of a mount', [], mounted('/srv/ap', 'xfs'), '/srv/app', true],
])('deleted from or not: %s', (_, ...[more, mountinfo, path, isWanted]) => {
  const before = { mount: ['/ (ext4)', ...more] };
  expect(isOnKnownMount(path, parseMounts(mountinfo), before)).toBe(isWanted);
});

const leftOf = async (host: FakeHost, ...leftovers: Leftover[]): Promise<Leftover[]> =>
  (await dropGone(host, { notes: [], leftovers })).leftovers;

test('a share whose server may be gone is not looked at, and stands', async () => {
  const host = await openHost();
  await host.put('/proc/self/mountinfo', mounted('/mnt/share', 'nfs4'));
  const data = dataAt('/mnt/share/x');
  expect(await leftOf(host, data)).toEqual([data]);
  await host.put('/mnt/of-the-owner', '');
  expect(await listNames(host)).toContain('/mnt/of-the-owner');
  await host.put('/proc/self/mountinfo', mounted('/mnt', 'fuse.sshfs'));
  expect(await listNames(host)).not.toContain('/mnt/of-the-owner');
});

test('what cannot be looked at stands, and the report goes out', async () => {
  const host = await openHost();
  const data = dataAt('/srv/broken');
  const broken = { ...host, stat: () => Promise.reject(Object.assign(new Error('stale'), { code: 'ESTALE' })) };
  expect(await leftOf(broken, data)).toEqual([data]);
});

test('a disk with nothing but what mkfs made there is empty', async () => {
  const host = await openHost();
  await mkdir(join(host.root, 'mnt/disk/lost+found'), { recursive: true });
  expect(await leftOf(host, dataAt('/mnt/disk'))).toEqual([]);
  await host.put('/mnt/disk/db', '');
  expect(await leftOf(host, dataAt('/mnt/disk'))).toHaveLength(1);
});

test('however many and long: a report has room for them, and none is forgotten', () => {
  const few = Array.from({ length: MAX_LEFTOVERS }, (_, n) => dataAt(`/srv/${n}`, n));
  expect(fitLeftovers(few)).toEqual(few);
  const many = Array.from({ length: 100 }, (_, n) => dataAt(`/srv/${'x'.repeat(1000)}${n}`, n));
  const shown = fitLeftovers(many);
  expect(Buffer.byteLength(JSON.stringify(shown))).toBeLessThan(32 * 1024);
  const rest = shown.at(-1);
  expect(rest).toMatchObject({ kind: 'Data', cluster: 'till', what: expect.stringContaining('more') });
  const others = fitLeftovers([...many.slice(0, -1), dataAt('/srv/y', 200, 'other')]).at(-1);
  expect(others?.cluster).toBeUndefined();
  expect(others?.id).not.toBe(rest?.id);
  let kept: readonly { subject: string; note: string }[] = [];
  const journal = {
    replaceHostNotes: (_: string, all: typeof kept) => void (kept = all),
    listHostNotes: () => [...kept],
  };
  recordLeftovers(journal, many);
  expect(recallTold(journal).leftovers).toEqual(many);
});
