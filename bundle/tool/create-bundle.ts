// Makes a bundle, or adds a platform or version to one: blobs first, then the documents that name them, index.json last.
import { mkdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { join } from 'node:path';
import { BundleError } from '../errors.ts';
import { layerTitles, type LayerTitle } from '../layers.ts';
import { annotationKeys, KubernetesVersion, maxBlobBytes, mediaTypes, type Descriptor, type Platform } from '../oci.ts';
import { writeBlob, type BlobStore } from '../store/blob-store.ts';
import { addImage, type ImageInput } from './add-image.ts';
import { buildChunkTable } from './chunk-table.ts';
import { mergeVersion, tagVersion } from './layout.ts';
import { listLayerFiles, packLayer, type LayerInput } from './pack-layer.ts';

/** What goes into a bundle for one version and platform; `onProgress` gets one line per part. */
export type CreateBundleOptions = {
  readonly output: string;
  readonly kubernetesVersion: string;
  readonly platform: Platform;
  readonly layers: Readonly<Record<LayerTitle, LayerInput>>;
  readonly images: readonly ImageInput[];
  readonly onProgress?: (line: string) => void;
};

type Work = Omit<CreateBundleOptions, 'onProgress'> & { readonly store: BlobStore; report(line: string): void };

/** A descriptor we make: where a document or layer is, in bytes. */
type Made = { readonly digest: string; readonly size: number };

/**
 * Digest and size (bytes) of the version's image index: *the bundle's digest*. Same input, same digest. The digest of
 * a version changes when a platform is added; the earlier one stays readable.
 * @throws BundleError `InvalidInput`, `DigestMismatch`, `DiskFull`, `NotABundle`
 */
export async function createBundle(options: CreateBundleOptions): Promise<Made> {
  const { kubernetesVersion, output, onProgress } = options;
  if (!KubernetesVersion.safeParse(kubernetesVersion).success) {
    throw new BundleError('InvalidInput', `${kubernetesVersion} is not a Kubernetes version such as v1.36.3`);
  }
  const store = { dir: join(output, 'blobs') };
  await mkdir(join(store.dir, 'sha256'), { recursive: true });
  const work = { ...options, store, report: onProgress ?? (() => undefined) };
  const layers = await addLayers(work);
  const images = await addImages(work);
  const large = [...layers, ...images.flatMap((image) => image.blobs)];
  const own = await addOwnManifest(work, [...layers, await buildChunkTable(store, large)]);
  const index = await mergeVersion(output, kubernetesVersion, [own, ...images.map((image) => image.entry)]);
  const made = await writeDocument(store, index);
  await tagVersion(output, kubernetesVersion, { mediaType: mediaTypes.index, ...made });
  work.report(`bundle ${kubernetesVersion} ${work.platform} ${made.digest}`);
  return made;
}

async function addLayers(work: Work): Promise<Descriptor[]> {
  const layers: Descriptor[] = [];
  for (const title of layerTitles) {
    const input = work.layers[title];
    const started = performance.now();
    const files = await listLayerFiles(title, input, work.platform);
    const packed = await packLayer(work.store, files);
    const annotations = { [annotationKeys.title]: title, [annotationKeys.version]: decideLayerVersion(title, work) };
    layers.push({ mediaType: mediaTypes.layer, ...packed, annotations });
    work.report(describePart(`layer ${title} ${input.version}`, `${files.length} files`, packed.size, started));
  }
  return layers;
}

/** The Kubernetes layer must say the bundle's own version, or every host would refuse the bundle. */
function decideLayerVersion(title: LayerTitle, work: Work): string {
  const { version } = work.layers[title];
  if (title !== 'kubernetes' || version === work.kubernetesVersion) return version;
  const message = `layer kubernetes is ${version}, the bundle is ${work.kubernetesVersion}`;
  throw new BundleError('InvalidInput', message);
}

async function addImages(work: Work): Promise<Awaited<ReturnType<typeof addImage>>[]> {
  const added = [];
  const inputs = work.images.toSorted((a, b) => (a.reference < b.reference ? -1 : 1));
  const twice = inputs.find((input, at) => inputs[at + 1]?.reference === input.reference);
  if (twice) throw new BundleError('InvalidInput', `image ${twice.reference} is given twice`);
  for (const input of inputs) {
    const started = performance.now();
    const image = await addImage(work.store, input, work.platform);
    const size = image.blobs.reduce((sum, blob) => sum + blob.size, image.entry.size);
    work.report(describePart(`image ${input.reference}`, `${image.blobs.length} blobs`, size, started));
    added.push(image);
  }
  return added;
}

async function addOwnManifest(work: Work, layers: readonly Descriptor[]): Promise<Descriptor> {
  const tooLarge = layers.find((layer) => layer.size > maxBlobBytes);
  if (tooLarge) throw new BundleError('BlobTooLarge', `layer ${tooLarge.digest} has ${tooLarge.size} bytes`);
  const empty = { mediaType: mediaTypes.empty, ...(await writeDocument(work.store, {})) };
  const head = { schemaVersion: 2, mediaType: mediaTypes.manifest, artifactType: mediaTypes.bundle };
  const made = await writeDocument(work.store, { ...head, config: empty, layers });
  const [os = '', architecture = ''] = work.platform.split('/');
  return { mediaType: mediaTypes.manifest, artifactType: mediaTypes.bundle, ...made, platform: { os, architecture } };
}

async function writeDocument(store: BlobStore, document: object): Promise<Made> {
  return writeBlob(store, Readable.from([Buffer.from(JSON.stringify(document))]));
}

function describePart(name: string, what: string, size: number, started: number): string {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  return `${name}: ${what}, ${(size / 1e6).toFixed(1)} MB in ${seconds} s`;
}
