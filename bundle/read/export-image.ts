// Writes one container image of the store as an oci-archive, as `ctr -n k8s.io images import -` reads it.
import { pack } from 'tar-stream';
import { annotationKeys, mediaTypes, type BundleBlob } from '../oci.ts';
import { blobPath, verifyBlob, type BlobStore } from '../store/blob-store.ts';
import type { BundleImage } from './open-bundle.ts';
import { readPieces } from '../store/pieces.ts';
import { hexOf } from '../sources/source.ts';

const TAR_BLOCK = 512;
/** Two empty blocks end an archive (POSIX pax, ustar interchange format). */
const TAR_END = Buffer.alloc(2 * TAR_BLOCK);

/**
 * An oci-archive (tar) with the image under its own name; every blob is verified before its first byte leaves. It comes in
 * pieces (see `Pieces`), so that of a large image no more than one is held.
 * @throws BundleError `BlobNotFound`, `DigestMismatch`, where the archive ends
 */
export async function* exportImage(store: BlobStore, image: BundleImage): AsyncGenerator<Buffer, void> {
  yield* documentEntry('oci-layout', { imageLayoutVersion: '1.0.0' });
  yield* documentEntry('index.json', describeImage(image));
  const blobs = new Map([image.manifest, ...image.blobs].map((blob) => [blob.digest, blob]));
  for (const blob of blobs.values()) {
    await verifyBlob(store, blob);
    yield* blobEntry(store, blob);
  }
  yield TAR_END;
}

function describeImage({ manifest, reference }: BundleImage): object {
  const annotations = { [annotationKeys.imageName]: reference, [annotationKeys.reference]: reference };
  const { digest, size } = manifest;
  const manifests = [{ mediaType: mediaTypes.manifest, digest, size, annotations }];
  return { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
}

async function* documentEntry(name: string, document: object): AsyncGenerator<Buffer> {
  const content = Buffer.from(JSON.stringify(document));
  yield Buffer.concat([await headerOf(name, content.length), content, paddingOf(content.length)]);
}

async function* blobEntry(store: BlobStore, { digest, size }: BundleBlob): AsyncGenerator<Buffer> {
  yield await headerOf(`blobs/sha256/${hexOf(digest)}`, size);
  yield* readPieces(blobPath(store, digest));
  yield paddingOf(size);
}

/** The header of a regular file, by the library that writes whole archives; it would hold on to every piece it was given. */
async function headerOf(name: string, size: number): Promise<Buffer> {
  const archive = pack();
  const entry = archive.entry({ name, size, mode: 0o644, mtime: new Date(0) });
  // Ended before its content, as meant.
  entry.on('error', () => undefined);
  const { value } = await archive[Symbol.asyncIterator]().next();
  archive.destroy();
  if (!Buffer.isBuffer(value)) throw new TypeError(`no tar header came for ${name}`);
  return value;
}

function paddingOf(size: number): Buffer {
  return Buffer.alloc((TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK);
}
