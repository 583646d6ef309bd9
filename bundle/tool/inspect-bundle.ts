// Reads a whole bundle folder: what is in it, and with verify whether every byte is right.
import { join } from 'node:path';
import { BundleError } from '../errors.ts';
import { layerPaths } from '../layers.ts';
import { annotationKeys, ImageIndex, mediaTypes, Platform, platformOf, type Descriptor } from '../oci.ts';
import { verifyBlob, type BlobStore } from '../store/blob-store.ts';
import { openBundle, type Bundle } from '../read/open-bundle.ts';
import { readDocument } from '../read/read-document.ts';
import { openFolder, readLayoutIndex } from '../sources/source.ts';
import { checkLayer } from '../read/unpack-layer.ts';

/** Every bundle of a folder: one per version and platform, documents verified. @throws BundleError as `openBundle` */
export async function inspectBundles(folder: string, digest?: string): Promise<Bundle[]> {
  const source = openFolder(folder);
  const tagged = (await readLayoutIndex(folder)).manifests.filter((entry) => entry.mediaType === mediaTypes.index);
  const wanted = digest === undefined ? tagged : tagged.filter((entry) => entry.digest === digest);
  if (wanted.length === 0)
    throw new BundleError('BundleNotFound', `${folder} holds no bundle ${digest ?? ''}`.trimEnd());
  const bundles: Bundle[] = [];
  for (const entry of wanted) {
    for (const platform of await listPlatforms(folder, entry)) {
      const version = entry.annotations?.[annotationKeys.reference];
      bundles.push(await openBundle({ source, digest: entry.digest, platform, ...(version && { version }) }));
    }
  }
  return bundles;
}

/** Hashes every blob and walks every layer as a host would; answers how many blobs were right. */
export async function verifyBundles(folder: string, bundles: readonly Bundle[]): Promise<number> {
  const store: BlobStore = { dir: join(folder, 'blobs') };
  const verified = new Set<string>();
  for (const bundle of bundles) {
    for (const blob of bundle.blobs) {
      if (!verified.has(blob.digest)) await verifyBlob(store, blob);
      verified.add(blob.digest);
    }
    for (const { title, blob } of bundle.layers) await checkLayer({ store, blob, allow: layerPaths[title] });
  }
  return verified.size;
}

/** Lines that tell a person what a bundle holds. */
export function describeBundle(bundle: Bundle): string[] {
  const layers = bundle.layers.map(({ title, version, blob }) => `  ${title} ${version}  ${megabytes(blob.size)}`);
  const images = bundle.images.map(({ reference, manifest, blobs }) => {
    return `  ${reference}  ${megabytes(blobs.reduce((sum, blob) => sum + blob.size, manifest.size))}`;
  });
  return [`${bundle.version} ${bundle.platform} ${bundle.digest}  ${megabytes(bundle.bytes)}`, ...layers, ...images];
}

async function listPlatforms(folder: string, entry: Descriptor): Promise<Platform[]> {
  const { document } = await readDocument(openFolder(folder), entry, ImageIndex);
  const own = document.manifests.filter((manifest) => manifest.artifactType === mediaTypes.bundle);
  return own.map(platformOf).flatMap((name) => Platform.options.filter((known) => known === name));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
