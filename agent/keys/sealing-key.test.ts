import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createKeyPair } from '../../common/sealing.ts';
import { ensureSealingKey, readTrust } from './sealing-key.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'byo-key-'));

test('the key is made once, for root alone', async () => {
  const folder = join(newFolder(), 'state');
  const first = await ensureSealingKey(folder);
  expect(await ensureSealingKey(folder)).toEqual(first);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'sealing-key.json')).mode & 0o777).toBe(0o600);
});

test('a damaged key is not replaced in silence', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'sealing-key.json'), '{}');
  await expect(ensureSealingKey(folder)).rejects.toThrow(/damaged/);
});

test('the trust is a set of public keys', async () => {
  const path = join(newFolder(), 'trust.json');
  const { publicJwk } = await createKeyPair('signing');
  writeFileSync(path, JSON.stringify({ keys: [publicJwk] }));
  expect(await readTrust(path)).toEqual([publicJwk]);
  writeFileSync(path, JSON.stringify({ keys: [] }));
  await expect(readTrust(path)).rejects.toThrow(/keys/);
});
