// An image as people carry it: an OCI image layout (image-spec 1.1) in one tar file, for `podman load`, `ctr images import` and
// `skopeo copy oci-archive:`. The same images give the same bytes.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import type { Architecture } from '../../common/platform.ts';
import type { Layer } from './layer.ts';

const TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/** How a program of the image starts, in the words of the image configuration. */
export type Start = { Entrypoint: string[]; User: string; WorkingDir: string; Env: string[] };

export type Image = { architecture: Architecture; layers: readonly Layer[]; start: Start };

/** `reference`: the image's name with its tag, as containerd and podman keep it. */
export type ArchiveOptions = {
  reference: string;
  labels: Record<string, string>;
  images: readonly Image[];
  path: string;
};

type Descriptor = { mediaType: string; digest: string; size: number; [more: string]: unknown };
type Blob = { digest: string; size: number } & ({ text: string } | { file: string });

/** Answers the digest of the image index: what a registry answers to who asks for it. */
export async function writeImageArchive({ reference, labels, images, path }: ArchiveOptions): Promise<string> {
  const blobs = new Map<string, Blob>();
  const manifests = images.map((image) => addImage(blobs, image, labels));
  const index = addDocument(blobs, TYPES.index, { schemaVersion: 2, mediaType: TYPES.index, manifests });
  const tag = reference.slice(reference.lastIndexOf(':') + 1);
  const annotations = { 'io.containerd.image.name': reference, 'org.opencontainers.image.ref.name': tag };
  const top = { schemaVersion: 2, mediaType: TYPES.index, manifests: [{ ...index, annotations }] };
  await writeTar(path, top, [...blobs.values()]);
  return index.digest;
}

function addImage(blobs: Map<string, Blob>, { architecture, layers, start }: Image, labels: object): Descriptor {
  const platform = { architecture, os: 'linux' };
  const config = addDocument(blobs, TYPES.config, {
    ...platform,
    config: { ...start, Labels: labels },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  for (const { digest, size, file } of layers) blobs.set(digest, { digest, size, file });
  const manifest = {
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config,
    layers: layers.map(({ digest, size }) => ({ mediaType: TYPES.layer, digest, size })),
    annotations: labels,
  };
  return { ...addDocument(blobs, TYPES.manifest, manifest), platform };
}

function addDocument(blobs: Map<string, Blob>, mediaType: string, document: object): Descriptor {
  const text = JSON.stringify(document);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  const size = Buffer.byteLength(text);
  blobs.set(digest, { digest, size, text });
  return { mediaType, digest, size };
}

const ALIKE = { mtime: new Date(0), uid: 0, gid: 0, mode: 0o644 };

/** Under a temporary name first: half an archive never stands under the real one. */
async function writeTar(path: string, index: object, blobs: Blob[]): Promise<void> {
  const archive = pack();
  const unfinished = `${path}.unfinished`;
  const written = pipeline(archive, createWriteStream(unfinished));
  archive.entry({ ...ALIKE, name: 'oci-layout' }, JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  archive.entry({ ...ALIKE, name: 'index.json' }, JSON.stringify(index));
  for (const folder of ['blobs', 'blobs/sha256']) {
    archive.entry({ ...ALIKE, name: folder, type: 'directory', mode: 0o755 });
  }
  for (const blob of blobs.toSorted((a, b) => (a.digest < b.digest ? -1 : 1))) await addBlob(archive, blob);
  archive.finalize();
  await written;
  await rename(unfinished, path);
}

async function addBlob(archive: Pack, blob: Blob): Promise<void> {
  const name = `blobs/${blob.digest.replace(':', '/')}`;
  if ('text' in blob) archive.entry({ ...ALIKE, name }, blob.text);
  else await pipeline(createReadStream(blob.file), archive.entry({ ...ALIKE, name, size: blob.size }));
}
