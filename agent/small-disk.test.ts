// A real disk that is full or read-only (a tmpfs in a mount namespace of its own) under the agent's state folder.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'byo-small-disk-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function live(scenario: string): Promise<unknown[]> {
  const program = join(import.meta.dirname, 'testing', 'small-disk.ts');
  const argv = ['--map-root-user', '--mount', process.execPath, program, folder, scenario];
  const { stdout } = await promisify(execFile)('unshare', argv, { timeout: 25_000 });
  return stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

const open = { incarnation: 'a', generation: 3 };

test.each([
  ['full', 'DiskFull', /no space is left. Free space there .*goes on by itself/],
  ['read-only', 'DiskReadOnly', /read-only.*mount it writable again.*goes on by itself/],
])(
  'started on a %s disk, the agent says so beside its claim and what was cut off, obeys nobody, and goes on once it is freed',
  async (scenario, reason, message) => {
    const said = { reason, message: expect.stringMatching(message) };
    expect(await live(scenario)).toEqual([
      {
        quarantine: said,
        open,
        latest: { operation: 'join', generation: 3, state: 'Running', ...said },
        // Given again for as long as it takes: a failure for good would have a healthy node reset.
        refused: expect.objectContaining({ reason, retryable: true }),
        copies: [],
      },
      { open, latest: { operation: 'join', generation: 3, state: 'Running' } },
    ]);
  },
);

test('a new host on a full disk says so, and takes claims once it is freed', async () => {
  const refused = expect.objectContaining({ reason: 'DiskFull' });
  const quarantine = expect.objectContaining({ reason: 'DiskFull' });
  expect(await live('new')).toEqual([{ quarantine, refused, copies: [] }, {}]);
});

test('a disk that gets full while the agent works is said until it is freed', async () => {
  expect(await live('middle')).toEqual([
    { failed: 'DiskFull', trouble: 'DiskFull', still: 'DiskFull' },
    { trouble: 'none', again: 'done' },
  ]);
});

test('with its reserve, the journal can be opened on a full disk, which is said all the same', async () => {
  const quarantine = expect.objectContaining({ reason: 'DiskFull' });
  expect(await live('reserve')).toEqual([
    { kept: true, quarantine, open, left: false },
    { open, kept: true },
  ]);
});

test('a certificate that cannot be written is used all the same, and written once it can', async () => {
  expect(await live('identity')).toEqual([
    { used: 'second', onDisk: 'first' },
    { used: 'third', onDisk: 'third' },
  ]);
});
