// Builds the chunk table of a platform: a sha256 for every 4 MiB of each blob larger than that.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { chunkBytes, mediaTypes, type ChunkTable, type Descriptor } from '../oci.ts';
import { blobPath, writeBlob, type BlobStore } from '../store/blob-store.ts';
import { open } from 'node:fs/promises';

/** Writes the table and answers its descriptor; keys are sorted, so the same blobs give the same table. */
export async function buildChunkTable(store: BlobStore, blobs: readonly Descriptor[]): Promise<Descriptor> {
  const large = new Set(blobs.filter((blob) => blob.size > chunkBytes).map((blob) => blob.digest));
  const table: ChunkTable = { chunkBytes, blobs: {} };
  for (const digest of [...large].toSorted()) table.blobs[digest] = await hashChunks(blobPath(store, digest));
  const made = await writeBlob(store, Readable.from([Buffer.from(JSON.stringify(table))]));
  return { mediaType: mediaTypes.chunks, ...made };
}

async function hashChunks(path: string): Promise<string[]> {
  const file = await open(path, 'r');
  const buffer = Buffer.allocUnsafe(chunkBytes);
  const digests: string[] = [];
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, digests.length * chunkBytes);
      if (bytesRead === 0) return digests;
      digests.push(createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex'));
    }
  } finally {
    await file.close();
  }
}
