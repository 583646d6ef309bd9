import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { assertHash } from './foreign-parts.ts';

test('what a registry gives is used only if it is what the lockfile names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'byo-foreign-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'node.tgz');
  await writeFile(file, 'a Node');
  const integrity = `sha512-${createHash('sha512').update('a Node').digest('base64')}`;
  await assertHash(file, integrity);
  await writeFile(file, 'another');
  await expect(assertHash(file, integrity)).rejects.toThrow('not what package-lock.json has locked');
});
