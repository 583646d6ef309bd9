// Unpacks a layer from the store safely: digest, then a full check, and only then the files, one by one, to the caller.
import type { BundleBlob } from '../oci.ts';
import { readBlob, verifyBlob, type BlobStore } from './blob-store.ts';
import type { ArchiveLimits } from './check-entry.ts';
import { walkArchive, type OnEntry } from './walk-archive.ts';

/** `allow`: see `layerPaths`. `onEntry` writes each file (temporary, fsync, rename), parents included. */
export type UnpackRequest = {
  readonly store: BlobStore;
  readonly blob: BundleBlob;
  readonly allow: readonly string[];
  readonly onEntry: OnEntry;
  readonly limits?: ArchiveLimits;
};

/** What no honest layer reaches: binaries are under 200 MB each and shrink by about four, bombs by a thousand. */
export function defaultLimits(blobSize: number): ArchiveLimits {
  const totalBytes = Math.min(2 * 1024 ** 3, 1024 ** 2 + 50 * blobSize);
  return { entryBytes: 512 * 1024 ** 2, totalBytes, entries: 1024 };
}

/**
 * Hands out the files of a layer; nothing is handed out unless the whole layer is right.
 * @throws BundleError `BlobNotFound`, `DigestMismatch`, `UnsafeArchive`; whatever `onEntry` throws
 */
export async function unpackLayer(request: UnpackRequest): Promise<void> {
  await checkLayer(request);
  const { store, blob, allow, onEntry, limits = defaultLimits(blob.size) } = request;
  await walkArchive({ content: readBlob(store, blob), allow, limits, onEntry });
}

/** The first half of `unpackLayer`: reads all, hands out nothing. */
export async function checkLayer(request: Omit<UnpackRequest, 'onEntry'>): Promise<void> {
  const { store, blob, allow, limits = defaultLimits(blob.size) } = request;
  await verifyBlob(store, blob);
  // The bytes were just verified, so a layer found safe under these rules is safe still: inflating it again says nothing.
  const rules = JSON.stringify([blob.digest, allow, limits]);
  if (foundSafe.has(rules)) return;
  await walkArchive({ content: readBlob(store, blob), allow, limits });
  foundSafe.add(rules);
}

/** Digest and rules of the layers this process has walked; a handful, since bundles are few. */
const foundSafe = new Set<string>();
