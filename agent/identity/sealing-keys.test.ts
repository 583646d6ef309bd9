import { mkdirSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogger } from '../../common/log.ts';
import { temporaryPathOf } from '../../common/durable-file.ts';
import { ensureKey, readKey } from './key-file.ts';
import { SealingKeys } from './sealing-keys.ts';

const log = createLogger('test', 'silent');

/** The keys of a host, and those of its next life. */
async function newHost() {
  const stateDir = mkdtempSync(join(tmpdir(), 'byo-sealing-'));
  const first = await ensureKey(stateDir, 'sealing');
  const unknown: string[] = [];
  const path = join(stateDir, 'sealing-key.json');
  const open = () => new SealingKeys({ stateDir, log, onUnknown: () => void unknown.push('one') });
  return { stateDir, path, first, unknown, open };
}

/** A host whose next key has been pinned, and that knows it. */
async function rolledHost() {
  const host = await newHost();
  const { next } = await host.open().prepare();
  expect(await host.open().settle(next?.id)).toBe(true);
  return { ...host, second: next };
}

test('D10: the key that is asked for is the same until it is pinned, whoever dies between', async () => {
  const { first, open, path, stateDir } = await newHost();
  const { current, next } = await open().prepare();
  expect([current.id, (await open().prepare()).next?.id]).toEqual([first.id, next?.id]);
  // The answer was lost: it may be pinned, or not.
  for (const key of [first, next]) expect((await open().find(key?.id)).id).toBe(key?.id);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  // An older agent finds the present key where it was.
  expect(await readKey(stateDir, 'sealing')).toEqual(first);
  expect(await open().settle(first.id)).toBe(true);
  expect((await open().read()).current.id).toBe(first.id);
});

test('D10: the one before is kept until an order sealed to the new one was opened, and is gone from the disk then', async () => {
  const { first, second, open, path } = await rolledHost();
  expect((await open().read()).current.id).toBe(second?.id);
  expect((await open().find(first.id)).privateJwk).toEqual(first.privateJwk);
  await open().tellOpened(first.id);
  expect((await open().read()).previous?.id).toBe(first.id);
  await open().tellOpened(second?.id ?? '');
  expect((await open().read()).previous).toBeUndefined();
  expect(readFileSync(path, 'utf8')).not.toContain(first.privateJwk.d);
});

test('D10: the end of a claim and the next roll each forget it as well', async () => {
  const ended = await rolledHost();
  await ended.open().forgetPrevious();
  expect(readFileSync(ended.path, 'utf8')).not.toContain(ended.first.privateJwk.d);
  const rolled = await rolledHost();
  const { next } = await rolled.open().prepare();
  await rolled.open().settle(next?.id);
  const ring = await rolled.open().read();
  expect([ring.current.id, ring.previous?.id]).toEqual([next?.id, rolled.second?.id]);
});

test('D10: an order sealed to the key that was asked for says that it is pinned', async () => {
  const { open } = await newHost();
  const { next } = await open().prepare();
  await open().tellOpened(next?.id ?? '');
  expect((await open().read()).current.id).toBe(next?.id);
});

test('D10: a key that is none of ours is told, and asked for anew', async () => {
  const { first, open, unknown } = await rolledHost();
  expect(await open().settle('of long ago')).toBe(false);
  expect(await open().settle(undefined)).toBe(true);
  await open().find(first.id);
  expect(unknown).toEqual([]);
  await open().find('of long ago');
  expect(unknown).toEqual(['one']);
});

test('a disk that takes no writes holds up nothing', async () => {
  const { first, open, path } = await newHost();
  mkdirSync(temporaryPathOf(path));
  expect(await open().prepare()).toEqual({ current: first });
  await open().forgetPrevious();
  expect((await open().find(first.id)).id).toBe(first.id);
});
