// Joins a bundle's chunk table to its blobs.
import { BundleError } from '../errors.ts';
import { chunkBytes, type BundleBlob, type ChunkTable } from '../oci.ts';

/** For a bundle without a chunk table. */
export const noChunks: ChunkTable = { chunkBytes, blobs: {} };

/** The blob with the digests of its chunks, if the table has them. @throws BundleError `NotABundle` on a wrong count */
export function attachChunks(blob: BundleBlob, table: ChunkTable): BundleBlob {
  const chunks = Object.hasOwn(table.blobs, blob.digest) ? table.blobs[blob.digest] : undefined;
  if (!chunks) return blob;
  if (chunks.length !== Math.ceil(blob.size / chunkBytes)) {
    throw new BundleError('NotABundle', `the chunk table does not fit blob ${blob.digest}`);
  }
  return { ...blob, chunks };
}
