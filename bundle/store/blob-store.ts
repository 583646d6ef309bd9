// The content-addressed store: `<dir>/sha256/<hex>`, a file under its digest only once it is whole, verified and durable.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { BundleError, nameWriteError } from '../errors.ts';
import { publishFile } from '../../common/durable-file.ts';
import { hasCode } from '../../common/system-error.ts';
import type { BundleBlob } from '../oci.ts';
import { digestPieces, readPieces } from './pieces.ts';
import { assertDigest } from '../read/read-document.ts';
import { hexOf, type BundleSource } from '../sources/source.ts';

/** A store is its folder; the `blobs` folder of an OCI layout is one too. */
export type BlobStore = { readonly dir: string };

/** Where a blob stands once it is in the store. */
export function blobPath(store: BlobStore, digest: string): string {
  return join(store.dir, 'sha256', hexOf(digest));
}

/** Where layers wait while they are judged; what lies there while nobody unpacks was left by a process that died. */
export function unpackingFolder(store: BlobStore): string {
  return join(store.dir, 'unpacking');
}

/** True when the blob is there with its size; cheap, reads no content. */
export async function isBlobPresent(store: BlobStore, blob: BundleBlob): Promise<boolean> {
  return (await sizeOf(blobPath(store, blob.digest))) === blob.size;
}

/** Hashes a stored blob. @throws BundleError `BlobNotFound`, `DigestMismatch` */
export async function verifyBlob(store: BlobStore, blob: BundleBlob): Promise<void> {
  const { sha256, size } = await digestPieces(readPieces(blobPath(store, blob.digest))).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new BundleError('BlobNotFound', `blob ${blob.digest} is not in ${store.dir}`, { cause: error });
  });
  assertDigest(blob, `sha256:${sha256}`, size);
}

/** Reads a stored blob from its start; verify it before. */
export function readBlob(store: BlobStore, blob: BundleBlob): Readable {
  return createReadStream(blobPath(store, blob.digest), { highWaterMark: 1024 * 1024 });
}

/** Puts bytes of our own making into the store and says what they are called. @throws BundleError `DiskFull` */
export async function writeBlob(
  store: BlobStore,
  content: AsyncIterable<Uint8Array>,
): Promise<{ digest: string; size: number }> {
  const temporary = join(store.dir, 'sha256', `.new-${randomUUID()}`);
  await mkdir(dirname(temporary), { recursive: true });
  const hash = createHash('sha256');
  let size = 0;
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      for await (const part of content) {
        hash.update(part);
        size += part.byteLength;
        await file.appendFile(part);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    const digest = `sha256:${hash.digest('hex')}`;
    await publishFile(temporary, blobPath(store, digest));
    return { digest, size };
  } catch (error) {
    await rm(temporary, { force: true });
    throw nameWriteError(error, temporary);
  }
}

/** Refuses a write that cannot fit, before it starts; `bytes` is what is still to be written. */
export async function assertSpace(store: BlobStore, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(store.dir);
  if (bavail * bsize >= bytes) return;
  throw new BundleError('DiskFull', `${store.dir} has ${bavail * bsize} bytes free and ${bytes} are needed`);
}

/** Size of a file in bytes, or undefined when there is none. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Removes every file of the store that is none of these blobs, begun and given-up ones too. Nobody else may write to it, or
 * unpack from it. May be cut off anywhere and run again.
 */
export async function keepOnly(store: BlobStore, blobs: readonly BundleBlob[]): Promise<void> {
  await rm(unpackingFolder(store), { recursive: true, force: true });
  const folder = join(store.dir, 'sha256');
  const kept = new Set(blobs.map(({ digest }) => hexOf(digest)));
  for (const name of await readdir(folder)) if (!kept.has(name)) await rm(join(folder, name), { force: true });
}

/** A store as a source, so that a bundle once fetched opens again without any link. */
export function openStore(store: BlobStore): BundleSource {
  return {
    name: store.dir,
    open: async ({ digest, offset = 0 }) => {
      const path = blobPath(store, digest);
      if ((await sizeOf(path)) === undefined) throw new BundleError('BlobNotFound', `${digest} is not in ${store.dir}`);
      return readPieces(path, offset);
    },
    resolveTag: (tag) => Promise.reject(new BundleError('BundleNotFound', `a blob store knows no tags (${tag})`)),
  };
}
