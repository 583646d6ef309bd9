// Unpacks a layer from the store safely: digest, then all of it inside the store, and only then the files to the caller.
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nameWriteError } from '../errors.ts';
import type { BundleBlob } from '../oci.ts';
import { blobPath, unpackingFolder, verifyBlob, type BlobStore } from '../store/blob-store.ts';
import type { ArchiveLimits } from './check-entry.ts';
import { digestPieces, readPieces } from '../store/pieces.ts';
import { hexOf } from '../sources/source.ts';
import { walkArchive, type ArchiveFile, type OnEntry } from './walk-archive.ts';

/** `allow`: see `layerPaths`. */
export type LayerRequest = {
  readonly store: BlobStore;
  readonly blob: BundleBlob;
  readonly allow: readonly string[];
  readonly limits?: ArchiveLimits;
};

/** `onEntry` writes each file (temporary, fsync, rename), parents included. */
export type UnpackRequest = LayerRequest & { readonly onEntry: OnEntry };

/** A file of a layer by what it is to be on the host; `sha256` in hex. */
export type LayerFile = Omit<ArchiveFile, 'stream'> & { readonly sha256: string };

type StagedFile = Omit<ArchiveFile, 'stream'> & { readonly at: string };

/**
 * What no honest layer reaches: binaries are under 200 MB each and shrink by about four, bombs by a thousand. It is also the
 * most that an unpacking takes of the store for a moment.
 */
function defaultLimits(blobSize: number): ArchiveLimits {
  const totalBytes = Math.min(2 * 1024 ** 3, 1024 ** 2 + 16 * blobSize);
  return { entryBytes: 512 * 1024 ** 2, totalBytes, entries: 1024 };
}

/**
 * Hands out the files of a layer; nothing is handed out unless the whole layer is right. Until that is known they wait in
 * the store, not durable: inflating costs more than copying, so it is done once. One caller per layer at a time.
 * @throws BundleError `BlobNotFound`, `DigestMismatch`, `UnsafeArchive`, `DiskFull`; whatever `onEntry` throws
 */
export async function unpackLayer(request: UnpackRequest): Promise<void> {
  const folder = stagingFolder(request);
  // What a killed process left.
  await rm(folder, { recursive: true, force: true });
  try {
    for (const file of await stageLayer(request, folder)) await handOut(file, request.onEntry);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of this layer alone: two of a bundle may be the same bytes, under other rules. */
export function stagingFolder({ store, blob, allow }: LayerRequest): string {
  const rules = createHash('sha256').update(JSON.stringify(allow)).digest('hex').slice(0, 8);
  return join(unpackingFolder(store), `${hexOf(blob.digest)}-${rules}`);
}

/** Every file of a layer that was found right as a whole. @throws as `unpackLayer` */
export async function listLayer(request: LayerRequest): Promise<LayerFile[]> {
  const files: LayerFile[] = [];
  await walkLayer(request, async ({ stream, ...file }) => {
    files.push({ ...file, sha256: (await digestPieces(stream)).sha256 });
  });
  return files;
}

/** Reads all of a layer and hands out nothing. @throws as `unpackLayer` */
export function checkLayer(request: LayerRequest): Promise<void> {
  return walkLayer(request);
}

async function stageLayer(request: LayerRequest, folder: string): Promise<StagedFile[]> {
  const staged: StagedFile[] = [];
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await walkLayer(request, async ({ stream, ...file }) => {
    // Numbered: no name of an archive that is still to be judged becomes one in the store.
    const at = join(folder, String(staged.length));
    staged.push({ ...file, at });
    await writeFile(at, stream, { mode: 0o600 }).catch((error: unknown) => {
      throw nameWriteError(error, at);
    });
  });
  return staged;
}

async function handOut({ at, ...file }: StagedFile, onEntry: OnEntry): Promise<void> {
  let isRead = false;
  async function* readAll(): AsyncGenerator<Uint8Array> {
    yield* readPieces(at);
    isRead = true;
  }
  await onEntry({ ...file, stream: readAll() });
  // A file not read to its end would stand half-written on the host, so that is an error of the reader.
  if (!isRead) throw new Error(`${file.path} was not read to its end`);
}

async function walkLayer(request: LayerRequest, onEntry?: OnEntry): Promise<void> {
  const { store, blob, allow, limits = defaultLimits(blob.size) } = request;
  await verifyBlob(store, blob);
  await walkArchive({ content: readPieces(blobPath(store, blob.digest)), allow, limits, ...(onEntry && { onEntry }) });
}
