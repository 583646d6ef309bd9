// Exporting an image: the archive is the image under its name, and a damaged blob never leaves whole.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openImageLayout } from '../tool/archive-source.ts';
import { codeOf, copyWithFlippedBit, makeBundle, makeFolder } from '../testing/fixtures.ts';
import { ImageManifest } from '../oci.ts';
import { exportImage } from './export-image.ts';
import { openBundle, type BundleImage } from './open-bundle.ts';
import { readDocument } from './read-document.ts';
import { openFolder } from '../sources/source.ts';

async function findImage(folder: string, digest: string): Promise<BundleImage> {
  const [image] = (await openBundle({ source: openFolder(folder), digest, platform: 'linux/amd64' })).images;
  if (!image) throw new Error('the bundle has no image');
  return image;
}

test('an exported image is an oci-archive that names the image', async () => {
  const { folder, digest } = await makeBundle();
  const image = await findImage(folder, digest);
  const path = join(await makeFolder(), 'image.tar');
  await writeFile(path, exportImage({ dir: join(folder, 'blobs') }, image));
  const { index, source } = await openImageLayout(path);
  const [entry] = index.manifests;
  expect(entry?.annotations?.['io.containerd.image.name']).toBe('registry.k8s.io/pause:3.10.2');
  const { document } = await readDocument(source, image.manifest, ImageManifest);
  expect([document.config, ...document.layers].map((blob) => blob.digest)).toEqual(
    image.blobs.map((blob) => blob.digest),
  );
});

test('the same image is the same archive', async () => {
  const { folder, digest } = await makeBundle();
  const image = await findImage(folder, digest);
  const store = { dir: join(folder, 'blobs') };
  expect((await buffer(exportImage(store, image))).equals(await buffer(exportImage(store, image)))).toBe(true);
});

test('a damaged or missing blob ends the archive with its name', async () => {
  const { folder, digest } = await makeBundle();
  const image = await findImage(folder, digest);
  for (const blob of [image.manifest, ...image.blobs]) {
    const copy = await copyWithFlippedBit(folder, blob.digest);
    expect(await codeOf(buffer(exportImage({ dir: join(copy, 'blobs') }, image)))).toBe('DigestMismatch');
  }
  expect(await codeOf(buffer(exportImage({ dir: await makeFolder() }, image)))).toBe('BlobNotFound');
});
