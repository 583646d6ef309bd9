// Puts one blob of a source into the store: looks first, resumes, verifies, and publishes only what is whole and durable.
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BundleError, nameWriteError } from '../errors.ts';
import { maxBlobBytes, type BundleBlob } from '../oci.ts';
import { publishFile } from '../../common/durable-file.ts';
import { blobPath, isBlobPresent, verifyBlob, type BlobStore } from './blob-store.ts';
import { fetchBlob, type EnsureBlobOptions } from './fetch-blob.ts';
import type { BundleSource } from '../sources/source.ts';

/**
 * Path of the blob in the store, fetched if it is not there whole. One caller per blob at a time.
 * @throws BundleError `DigestMismatch`, `BlobTooLarge`, `DiskFull`, `SourceInterrupted`, `BlobNotFound`
 */
export async function ensureBlob(
  store: BlobStore,
  source: BundleSource,
  blob: BundleBlob,
  options: EnsureBlobOptions = {},
): Promise<string> {
  if (blob.size > maxBlobBytes) throw new BundleError('BlobTooLarge', `blob ${blob.digest} has ${blob.size} bytes`);
  const path = blobPath(store, blob.digest);
  if (await isIntact(store, blob)) {
    options.onBytes?.(blob.size, blob.size);
    return path;
  }
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  const file = await open(partial, 'a+', 0o644);
  try {
    await fetchBlob({ ...options, store, source, blob, file });
    await file.sync();
  } catch (error) {
    throw nameWriteError(error, partial);
  } finally {
    await file.close();
  }
  await publishFile(partial, path);
  return path;
}

/** A stored blob is hashed again before it counts as there; a damaged one is removed, to be fetched anew. */
async function isIntact(store: BlobStore, blob: BundleBlob): Promise<boolean> {
  if (!(await isBlobPresent(store, blob))) return false;
  try {
    await verifyBlob(store, blob);
    return true;
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    await rm(blobPath(store, blob.digest), { force: true });
    return false;
  }
}
