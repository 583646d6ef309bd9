// D12: no dependency is taken on the day of its publication, and none by another version or content than what was reviewed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { root } from './support/repository.ts';

const Versions = z.record(z.string(), z.string());
const Manifest = z.object({ dependencies: Versions, devDependencies: Versions });
const Lock = z.object({
  packages: z.record(z.string(), z.object({ link: z.boolean().optional(), integrity: z.string().optional() })),
});

const readJson = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));

test('D12: npm itself is told to take no version that is younger than a week', async () => {
  const { stdout } = await execa('npm', ['config', 'get', 'min-release-age'], { cwd: root });
  expect(Number(stdout)).toBeGreaterThanOrEqual(7);
});

test('D12: every dependency is pinned to one version', () => {
  const { dependencies, devDependencies } = Manifest.parse(readJson('package.json'));
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  );
  expect(loose).toEqual([]);
});

test('D12: the lockfile names the content of every package', () => {
  const { packages } = Lock.parse(readJson('package-lock.json'));
  const without = Object.entries(packages).filter(([path, { link, integrity }]) => path && !link && !integrity);
  expect(without).toEqual([]);
});
