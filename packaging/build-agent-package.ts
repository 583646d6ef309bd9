// Makes the package that a host gets: agent, its own Node, this platform's native module, unit and installer.
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';
import { z } from 'zod';
import { bundle } from './bundle.ts';
import type { Architecture } from '../common/platform.ts';
import {
  checksumsOf,
  hashEach,
  hashFile,
  hashOf,
  listFiles,
  type HashedFile,
  type PackageFile,
} from './package-contents.ts';

/** `root`: the checkout; `output`: folder for the package, `dist` of the checkout when left out. */
export type PackageOptions = { root: string; architecture: Architecture; output?: string };

const PackageJson = z.object({ version: z.string() });

/** Path of `byo-agent-<version>-<architecture>.tar.gz`, with its checksum beside it in `….sha256`; a package of the same content is not made again. */
export async function buildAgentPackage(options: PackageOptions): Promise<string> {
  const output = options.output ?? join(options.root, 'dist');
  await mkdir(output, { recursive: true });
  const work = await mkdtemp(join(output, '.agent-'));
  try {
    await bundle({ root: options.root, entries: { main: 'agent/main.ts' }, folder: work, format: 'cjs' });
    const files = await hashEach(await listFiles(options.root, options.architecture, join(work, 'main.cjs')));
    const version = await decideVersion(options.root, hashOf(files));
    const path = join(output, `byo-agent-${version}-${options.architecture}.tar.gz`);
    if (!existsSync(path)) await writePackage({ files, version, path, work });
    if (!existsSync(`${path}.sha256`)) await writeChecksum(path, work);
    return path;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function decideVersion(root: string, hash: string): Promise<string> {
  const { version } = PackageJson.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  return `${version}-${hash.slice(0, 12)}`;
}

type Writing = { files: readonly HashedFile[]; version: string; path: string; work: string };

/** Under a temporary name first: two builders at once, or a crash, never leave half a package under the real one. */
async function writePackage({ files, version, path, work }: Writing): Promise<void> {
  const archive = pack();
  const temporary = join(work, 'package.tar.gz');
  // Level 1: Node's binary hardly shrinks further, and each start of a lab waits for this.
  const written = pipeline(archive, createGzip({ level: 1 }), createWriteStream(temporary));
  for (const file of files) await addFile(archive, file);
  const text = { mode: 0o644, mtime: new Date(0) };
  archive.entry({ ...text, name: 'VERSION' }, `${version}\n`);
  archive.entry({ ...text, name: 'SHA256SUMS' }, checksumsOf(files, `${version}\n`));
  archive.finalize();
  await written;
  await rename(temporary, path);
}

/** Beside the package, for `sha256sum -c` wherever it is carried to. */
async function writeChecksum(path: string, work: string): Promise<void> {
  const temporary = join(work, 'sha256');
  await writeFile(temporary, `${await hashFile(path)}  ${basename(path)}\n`);
  await rename(temporary, `${path}.sha256`);
}

async function addFile(archive: Pack, file: PackageFile): Promise<void> {
  const { size } = await stat(file.from);
  const entry = archive.entry({ name: file.path, size, mode: file.mode, mtime: new Date(0) });
  await pipeline(createReadStream(file.from), entry);
}
