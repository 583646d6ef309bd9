// Takes one container image of one platform out of an oci-archive into the bundle's blobs.
import { BundleError } from '../errors.ts';
import {
  annotationKeys,
  ImageConfig,
  ImageIndex,
  ImageManifest,
  ImageReference,
  mediaTypes,
  platformOf,
} from '../oci.ts';
import type { Descriptor, Platform } from '../oci.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { ensureBlob } from '../store/ensure-blob.ts';
import { readDocument } from '../read/read-document.ts';
import { openImageLayout, type ImageLayout } from './archive-source.ts';

/** A container image: the name containerd gives it and the oci-archive (or layout folder) it comes from. */
export type ImageInput = { readonly reference: string; readonly archive: string };

/** Its entry for the version's index, and every descriptor it brought. */
export type AddedImage = { readonly entry: Descriptor; readonly blobs: readonly Descriptor[] };

/** @throws BundleError `InvalidInput`, `DigestMismatch`, `NotABundle` */
export async function addImage(store: BlobStore, input: ImageInput, platform: Platform): Promise<AddedImage> {
  if (!ImageReference.safeParse(input.reference).success) {
    throw new BundleError('InvalidInput', `${input.reference} is not a full image reference such as registry/name:tag`);
  }
  const layout = await openImageLayout(input.archive);
  const found = await findManifest(layout, input, platform);
  const { document } = await readDocument(layout.source, found, ImageManifest);
  await assertPlatform(layout, document, input, platform);
  const blobs = [document.config, ...document.layers];
  for (const blob of [found, ...blobs]) await ensureBlob(store, layout.source, blob);
  const [os = '', architecture = ''] = platform.split('/');
  const { mediaType, digest, size } = found;
  const annotations = { [annotationKeys.imageName]: input.reference };
  return { entry: { mediaType, digest, size, platform: { os, architecture }, annotations }, blobs };
}

/** Follows nested indexes; with several images in one archive, the one tagged with the reference. */
async function findManifest(layout: ImageLayout, input: ImageInput, platform: Platform): Promise<Descriptor> {
  const named = layout.index.manifests.filter((entry) => isNamed(entry, input.reference));
  let candidates = named.length > 0 ? named : layout.index.manifests;
  const [only] = candidates;
  if (candidates.length === 1 && only?.mediaType === mediaTypes.index) {
    candidates = (await readDocument(layout.source, only, ImageIndex)).document.manifests;
  }
  const images = candidates.filter((entry) => entry.mediaType === mediaTypes.manifest);
  const fitting = images.filter((entry) => (platformOf(entry) ?? platform) === platform);
  const [found] = fitting;
  if (found && fitting.length === 1) return found;
  if (images.length === 0)
    throw new BundleError('InvalidInput', `${input.archive} holds no OCI image (push with --format oci)`);
  throw new BundleError(
    'InvalidInput',
    `${input.archive} holds ${fitting.length} images for ${platform}; one is needed`,
  );
}

function isNamed(entry: Descriptor, reference: string): boolean {
  const { annotations = {} } = entry;
  return annotations[annotationKeys.imageName] === reference || annotations[annotationKeys.reference] === reference;
}

async function assertPlatform(
  layout: ImageLayout,
  manifest: ImageManifest,
  input: ImageInput,
  platform: Platform,
): Promise<void> {
  const { document } = await readDocument(layout.source, manifest.config, ImageConfig);
  const own = `${document.os}/${document.architecture}`;
  if (own !== platform)
    throw new BundleError('InvalidInput', `${input.archive} is an image for ${own}, not ${platform}`);
}
