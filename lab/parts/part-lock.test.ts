import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { currentHolder, isAlive, parseStartTime } from './lock-holder.ts';
import { withPartLock } from './part-lock.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'part-lock-'));
});
afterEach(async () => await rm(folder, { recursive: true }));

const nobodyWaits = (pid: number): void => expect.fail(`waited for ${pid}`);

test('the lock names its holder while the work runs, and is gone after it, also when it fails', async () => {
  const path = join(folder, 'a.lock');
  await withPartLock(path, nobodyWaits, async () => {
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
  });
  await expect(readFile(path)).rejects.toThrow('ENOENT');
  const failing = withPartLock(path, nobodyWaits, () => Promise.reject(new Error('no compiler')));
  await expect(failing).rejects.toThrow('no compiler');
  await expect(readFile(path)).rejects.toThrow('ENOENT');
});

test('one at a time: the second waits for the first and says for whom', async () => {
  const path = join(folder, 'a.lock');
  const order: string[] = [];
  const waited = Promise.withResolvers<number>();
  const first = withPartLock(path, nobodyWaits, async () => {
    expect(await waited.promise).toBe(process.pid);
    order.push('first');
  });
  await expect.poll(() => readFile(path, 'utf8').catch(() => '')).not.toBe('');
  const second = withPartLock(path, waited.resolve, () => Promise.resolve(order.push('second')));
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
});

test.each([
  ['ended', { start: '1' }],
  ['ran before the last boot', { boot: 'another-boot' }],
])('a holder that %s is no holder', async (_how, change) => {
  const path = join(folder, 'a.lock');
  const holder = { ...(await currentHolder()), ...change };
  expect(await isAlive(holder)).toBe(false);
  await writeFile(path, JSON.stringify(holder));
  expect(await withPartLock(path, nobodyWaits, () => Promise.resolve('built'))).toBe('built');
});

test('this process is alive', async () => {
  expect(await isAlive(await currentHolder())).toBe(true);
});

test('a command name with blanks and brackets does not shift the start time', () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 3));
  expect(parseStartTime(`7 (a) b) (c) ${fields.join(' ')}`)).toBe('22');
});
