// Packs binaries into one layer, the same bytes for the same files: sorted, no times, no owners, fixed compression.
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';
import { BundleError } from '../errors.ts';
import { isFileAllowed, layerPaths, type LayerTitle } from '../layers.ts';
import type { Platform } from '../oci.ts';
import { writeBlob, type BlobStore } from '../store/blob-store.ts';

/** One layer to pack: its component's version, and files or folders that hold its binaries. */
export type LayerInput = { readonly version: string; readonly paths: readonly string[] };

/** A file on this machine and the path it gets on the host, relative to `/`. */
export type PackedFile = { readonly from: string; readonly path: string; readonly size: number };

/**
 * Files of a layer, sorted by their path on the host. From a folder only what belongs to the layer is taken; a file
 * named on its own must belong to it.
 * @throws BundleError `InvalidInput` for a missing or foreign file, or one made for another processor
 */
export async function listLayerFiles(title: LayerTitle, input: LayerInput, platform: Platform): Promise<PackedFile[]> {
  const files = new Map<string, PackedFile>();
  for (const { from, isNamed } of await expandPaths(title, input.paths)) {
    const path = decidePath(title, basename(from));
    if (path === undefined && isNamed) throw invalid(`${from} does not belong to layer ${title}`);
    if (path === undefined) continue;
    if (files.has(path)) throw invalid(`layer ${title} is given ${path} twice (${from})`);
    await assertProcessor(from, platform);
    files.set(path, { from, path, size: (await stat(from)).size });
  }
  assertComplete(title, [...files.keys()]);
  return [...files.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Writes the layer into the store. @throws BundleError `DiskFull` */
export async function packLayer(
  store: BlobStore,
  files: readonly PackedFile[],
): Promise<{ digest: string; size: number }> {
  const archive = pack();
  const failure = writeFiles(archive, files).catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  // Level 6 is fixed by us, not left to zlib's default, which is part of the digest.
  const packed = await writeBlob(
    store,
    Readable.from(archive, { objectMode: false }).compose(createGzip({ level: 6 })),
  );
  await failure;
  return packed;
}

async function writeFiles(archive: Pack, files: readonly PackedFile[]): Promise<void> {
  for (const { from, path, size } of files) {
    const file = await open(from, 'r');
    const header = { name: path, size, mode: 0o755, mtime: new Date(0), uid: 0, gid: 0, type: 'file' as const };
    await pipeline(file.createReadStream({ highWaterMark: 1024 * 1024 }), archive.entry(header));
  }
  archive.finalize();
}

async function expandPaths(title: LayerTitle, paths: readonly string[]): Promise<{ from: string; isNamed: boolean }[]> {
  const found: { from: string; isNamed: boolean }[] = [];
  for (const path of paths) {
    const about = await stat(path).catch((error: unknown) => {
      throw invalid(`layer ${title}: ${path} cannot be read`, error);
    });
    if (!about.isDirectory()) found.push({ from: path, isNamed: true });
    else for (const name of await listFiles(path)) found.push({ from: join(path, name), isNamed: false });
  }
  return found;
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() || entry.isSymbolicLink()).map((entry) => entry.name);
}

/** First pattern wins, so that runc goes to sbin. */
function decidePath(title: LayerTitle, name: string): string | undefined {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(name) || /\.(md|txt)$|^(LICENSE|README)/i.test(name)) return undefined;
  const paths = layerPaths[title].map((pattern) => pattern.replace(/[^/]*$/, name));
  return paths.find((path) => isFileAllowed(path, layerPaths[title]));
}

/** Every exact path of the list must be there, but runc's second place; cni must hold something. */
function assertComplete(title: LayerTitle, paths: readonly string[]): void {
  const needed =
    title === 'runc' ? layerPaths.runc.slice(0, 1) : layerPaths[title].filter((path) => !path.endsWith('*'));
  const missing = needed.filter((path) => !paths.includes(path));
  if (missing.length > 0) throw invalid(`layer ${title} lacks ${missing.map((path) => basename(path)).join(', ')}`);
  if (paths.length === 0) throw invalid(`layer ${title} is empty`);
}

/** e_machine of an ELF header; a file that is no ELF (a script) suits every processor. */
async function assertProcessor(path: string, platform: Platform): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(20), 0, 20, 0);
    if (bytesRead < 20 || buffer.toString('latin1', 0, 4) !== '\x7fELF') return;
    const machine = buffer.readUInt16LE(18);
    if (machine !== { 'linux/amd64': 62, 'linux/arm64': 183 }[platform])
      throw invalid(`${path} is not made for ${platform}`);
  } finally {
    await file.close();
  }
}

function invalid(message: string, cause?: unknown): BundleError {
  return new BundleError('InvalidInput', message, { cause });
}
