import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ensureKey, readKey } from './key-file.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'byo-key-'));

test.each(['tls', 'sealing'] as const)('the %s key is made once, for root alone', async (use) => {
  const folder = join(newFolder(), 'state');
  const first = await ensureKey(folder, use);
  expect(await ensureKey(folder, use)).toEqual(first);
  expect(await readKey(folder, use)).toEqual(first);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, `${use}-key.json`)).mode & 0o777).toBe(0o600);
});

test.each(['{}', '{"d":"secret'])('a damaged key is neither replaced in silence nor quoted: %s', async (text) => {
  const folder = newFolder();
  writeFileSync(join(folder, 'sealing-key.json'), text);
  await expect(ensureKey(folder, 'sealing')).rejects.toThrow(/damaged/);
  await expect(ensureKey(folder, 'sealing')).rejects.not.toThrow(/secret/);
});

test('a key that was lost is not made anew by those who only read', async () => {
  await expect(readKey(newFolder(), 'tls')).rejects.toThrow(/missing.*enroll --force/);
});
