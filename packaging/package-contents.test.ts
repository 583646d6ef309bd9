import { spawnSync } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checksumsOf, hashEach, hashOf } from './package-contents.ts';

test('the checksums of a package are those that sha256sum finds, and notice every change', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'byo-package-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'bin'));
  const paths = ['bin/node', 'install.sh'];
  for (const path of paths) await writeFile(join(folder, path), `content of ${path}`);
  const files = paths.map((path) => ({ path, from: join(folder, path), mode: 0o755 }));
  const hashed = await hashEach(files);
  await writeFile(join(folder, 'VERSION'), '1\n');
  await writeFile(join(folder, 'SHA256SUMS'), checksumsOf(hashed, '1\n'));
  const check = () => spawnSync('sha256sum', ['--quiet', '--strict', '-c', 'SHA256SUMS'], { cwd: folder }).status;
  expect(check()).toBe(0);
  await writeFile(join(folder, 'install.sh'), 'another');
  expect(check()).toBe(1);
  expect(hashOf(await hashEach(files))).not.toBe(hashOf(hashed));
});
