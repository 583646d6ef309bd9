// Opens a bundle by digest for one platform: every document verified, every rule of the format checked, nothing large read.
import { BundleError } from '../errors.ts';
import { isLayerTitle, layerTitles, type LayerTitle } from '../layers.ts';
import {
  annotationKeys,
  ChunkTable,
  type Descriptor,
  ImageIndex,
  ImageManifest,
  ImageReference,
  maxBlobBytes,
  mediaTypes,
  platformOf,
  type BundleBlob,
  type Platform,
} from '../oci.ts';
import { attachChunks, noChunks } from './chunks.ts';
import { readDocument } from './read-document.ts';
import type { BundleSource } from '../sources/source.ts';

/** Which bundle: by digest; with `version` it must also be the bundle of that Kubernetes version. */
export type BundleRequest = {
  readonly source: BundleSource;
  readonly digest: string;
  readonly platform: Platform;
  readonly version?: string;
};

/** Binaries of one component; `version` is the component's own. */
type BundleLayer = { readonly title: LayerTitle; readonly version: string; readonly blob: BundleBlob };

/** A container image; `blobs` are its configuration and layers. */
export type BundleImage = {
  readonly reference: string;
  readonly manifest: BundleBlob;
  readonly blobs: readonly BundleBlob[];
};

/** A checked bundle for one platform; `blobs` is everything to fetch, each once; `bytes` their sum. */
export type Bundle = {
  readonly digest: string;
  readonly version: string;
  readonly platform: Platform;
  readonly layers: readonly BundleLayer[];
  readonly images: readonly BundleImage[];
  readonly blobs: readonly BundleBlob[];
  readonly bytes: number;
};

/** @throws BundleError `BlobNotFound`, `DigestMismatch`, `NotABundle`, `PlatformMissing`, `VersionMismatch`, `BlobTooLarge` */
export async function openBundle(request: BundleRequest): Promise<Bundle> {
  const { source, digest, platform } = request;
  const { document: index, size } = await openIndex(source, digest);
  const version = decideVersion(index, request);
  const entries = index.manifests.filter((entry) => platformOf(entry) === platform);
  const own = decideOwnManifest(index, entries, platform);
  const manifest = (await readDocument(source, own, ImageManifest)).document;
  const table = manifest.layers.find((layer) => layer.mediaType === mediaTypes.chunks);
  const chunks = table ? (await readDocument(source, table, ChunkTable)).document : noChunks;
  const layers = decideLayers(manifest, version).map((layer) => ({ ...layer, blob: attachChunks(layer.blob, chunks) }));
  const images: BundleImage[] = [];
  for (const entry of decideImageEntries(entries)) images.push(await readImage(source, entry, chunks));
  const documents = [{ digest, size, mediaType: mediaTypes.index }, own, ...(table ? [table] : [])].map(blobOf);
  const blobs = uniqueBlobs([
    ...documents,
    ...layers.map((layer) => layer.blob),
    ...images.flatMap((image) => [image.manifest, ...image.blobs]),
  ]);
  const bytes = blobs.reduce((sum, blob) => sum + blob.size, 0);
  return { digest, version, platform, layers, images, blobs, bytes };
}

async function openIndex(source: BundleSource, digest: string): Promise<{ document: ImageIndex; size: number }> {
  try {
    return await readDocument(source, { digest, mediaType: mediaTypes.index }, ImageIndex);
  } catch (error) {
    if (!(error instanceof BundleError) || error.code !== 'BlobNotFound') throw error;
    throw new BundleError('BundleNotFound', `${source.name} has no bundle ${digest}`, { cause: error });
  }
}

/** The version stands in the index itself, so that its digest covers it. */
function decideVersion(index: ImageIndex, request: BundleRequest): string {
  const version = index.annotations?.[annotationKeys.version];
  if (!version) throw new BundleError('NotABundle', `${request.digest} names no Kubernetes version`);
  if (request.version !== undefined && request.version !== version) {
    const message = `bundle ${request.digest} carries Kubernetes ${version}, not ${request.version}`;
    throw new BundleError('VersionMismatch', message);
  }
  return version;
}

function decideOwnManifest(index: ImageIndex, entries: readonly Descriptor[], platform: Platform): Descriptor {
  const own = entries.filter((entry) => entry.artifactType === mediaTypes.bundle);
  if (own[0] && own.length === 1) return own[0];
  if (own.length > 1) throw new BundleError('NotABundle', `the bundle describes ${platform} ${own.length} times`);
  const all = index.manifests.filter((entry) => entry.artifactType === mediaTypes.bundle).map(platformOf);
  if (all.length === 0) throw new BundleError('NotABundle', 'the image index holds no bundle manifest');
  throw new BundleError('PlatformMissing', `the bundle has no ${platform}; it has ${all.join(', ')}`);
}

function decideLayers(manifest: ImageManifest, version: string): BundleLayer[] {
  return layerTitles.map((title) => {
    const found = manifest.layers.filter((layer) => layer.annotations?.[annotationKeys.title] === title);
    const [layer] = found;
    if (!layer || found.length !== 1 || layer.mediaType !== mediaTypes.layer) {
      throw new BundleError('NotABundle', `the bundle must hold one layer ${title}, it holds ${found.length}`);
    }
    const own = layer.annotations?.[annotationKeys.version] ?? '';
    if (isLayerTitle(title) && title === 'kubernetes' && own !== version) {
      throw new BundleError('VersionMismatch', `the bundle of ${version} holds a Kubernetes layer of ${own}`);
    }
    return { title, version: own, blob: blobOf(layer) };
  });
}

/** Entries with an artifactType we do not know are skipped: that is the place reserved for signatures. */
function decideImageEntries(entries: readonly Descriptor[]): Descriptor[] {
  return entries.filter((entry) => entry.artifactType === undefined);
}

async function readImage(source: BundleSource, entry: Descriptor, chunks: ChunkTable): Promise<BundleImage> {
  const reference = ImageReference.safeParse(entry.annotations?.[annotationKeys.imageName]);
  if (!reference.success) throw new BundleError('NotABundle', `image ${entry.digest} has no usable name`);
  const { document } = await readDocument(source, entry, ImageManifest);
  const blobs = [document.config, ...document.layers].map((blob) => attachChunks(blobOf(blob), chunks));
  return { reference: reference.data, manifest: blobOf(entry), blobs };
}

function blobOf({ digest, size, mediaType }: Descriptor | BundleBlob): BundleBlob {
  if (size > maxBlobBytes) throw new BundleError('BlobTooLarge', `blob ${digest} says it has ${size} bytes`);
  return { digest, size, mediaType };
}

function uniqueBlobs(blobs: readonly BundleBlob[]): BundleBlob[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}
