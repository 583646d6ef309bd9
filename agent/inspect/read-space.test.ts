import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeHost, type FakeHost } from '../host/fake-host.ts';
import { readSpaces } from './read-space.ts';

let host: FakeHost;
beforeEach(async () => {
  host = await createFakeHost();
});
afterEach(() => host.remove());

const GIB = 1024 ** 3;

/** A machine with a disk at / and one at /data. */
function playDisks(): void {
  host.onRun(([command, , , path = '']) => {
    if (command !== 'df') return undefined;
    return {
      stdout: path.startsWith('/data') ? `    Avail Mounted on\n ${9 * GIB} /data\n` : `Avail Mounted on\n${GIB} /\n`,
    };
  });
}

test('on one disk the needs add up', async () => {
  playDisks();
  expect(await readSpaces(host)).toEqual([
    { mount: '/', freeBytes: GIB, leastBytes: 4 * GIB, what: ['bundles', 'container images', 'binaries'] },
  ]);
});

test('where images go behind a link, space is asked for there', async () => {
  playDisks();
  await mkdir(join(host.root, 'data'));
  await mkdir(join(host.root, 'var/lib'), { recursive: true });
  await symlink('/data/missing/yet', join(host.root, 'var/lib/containerd'));
  expect(await readSpaces(host)).toEqual([
    { mount: '/', freeBytes: GIB, leastBytes: 1.5 * GIB, what: ['bundles', 'binaries'] },
    { mount: '/data', freeBytes: 9 * GIB, leastBytes: 2.5 * GIB, what: ['container images'] },
  ]);
  expect(host.commands.at(1)?.at(-1)).toBe('/data');
});
