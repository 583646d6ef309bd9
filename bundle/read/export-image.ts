// Writes one container image of the store as an oci-archive, as `ctr -n k8s.io images import -` reads it.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { annotationKeys, mediaTypes, type BundleBlob } from '../oci.ts';
import { readBlob, verifyBlob, type BlobStore } from './blob-store.ts';
import type { BundleImage } from './open-bundle.ts';
import { hexOf } from './source.ts';

/**
 * An oci-archive (tar) with the image under its own name; every blob is verified before its first byte leaves.
 * The stream fails with BundleError `BlobNotFound` or `DigestMismatch`.
 */
export function exportImage(store: BlobStore, image: BundleImage): Readable {
  const archive = pack();
  const stream = Readable.from(archive, { objectMode: false });
  writeArchive(archive, store, image).then(
    () => archive.finalize(),
    (error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return stream;
}

async function writeArchive(archive: Pack, store: BlobStore, image: BundleImage): Promise<void> {
  writeDocument(archive, 'oci-layout', { imageLayoutVersion: '1.0.0' });
  writeDocument(archive, 'index.json', describeImage(image));
  const written = new Set<string>();
  for (const blob of [image.manifest, ...image.blobs]) {
    if (written.has(blob.digest)) continue;
    written.add(blob.digest);
    await verifyBlob(store, blob);
    await writeBlobEntry(archive, store, blob);
  }
}

function describeImage({ manifest, reference }: BundleImage): object {
  const annotations = { [annotationKeys.imageName]: reference, [annotationKeys.reference]: reference };
  const { digest, size } = manifest;
  const manifests = [{ mediaType: mediaTypes.manifest, digest, size, annotations }];
  return { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
}

function writeDocument(archive: Pack, name: string, document: object): void {
  archive.entry({ name, mode: 0o644, mtime: new Date(0) }, JSON.stringify(document));
}

async function writeBlobEntry(archive: Pack, store: BlobStore, blob: BundleBlob): Promise<void> {
  const name = `blobs/sha256/${hexOf(blob.digest)}`;
  await pipeline(readBlob(store, blob), archive.entry({ name, size: blob.size, mode: 0o644, mtime: new Date(0) }));
}
