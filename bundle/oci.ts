// The OCI documents a bundle is made of (image-spec 1.1), as strict and capped as we need them.
import { z } from 'zod';

export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
  bundle: 'application/vnd.byo.bundle.v1',
  layer: 'application/vnd.byo.layer.v1.tar+gzip',
  chunks: 'application/vnd.byo.chunks.v1+json',
} as const;

export const annotationKeys = {
  reference: 'org.opencontainers.image.ref.name',
  title: 'org.opencontainers.image.title',
  version: 'org.opencontainers.image.version',
  imageName: 'io.containerd.image.name',
} as const;

/** Largest JSON document we read, in bytes (the limit registries put on manifests). */
export const maxDocumentBytes = 4 * 1024 * 1024;
/** Largest single blob, in bytes. */
export const maxBlobBytes = 4 * 1024 * 1024 * 1024;

/** `sha256:` and 64 hex digits: the one algorithm we accept, so that a digest is safe as a file name. */
export const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'not a sha256 digest');

/** Kubernetes version as a tag of the layout, e.g. `v1.36.3`. */
export const KubernetesVersion = z
  .string()
  .max(64)
  .regex(/^v\d+\.\d+\.\d+([-+.][0-9A-Za-z.+-]+)?$/, 'not a Kubernetes version such as v1.36.3');

/** Name of a container image as containerd keeps it, e.g. `registry.k8s.io/pause:3.10.2`. */
export const ImageReference = z
  .string()
  .max(512)
  .regex(/^[a-z0-9][\w.:-]*(\/[\w.-]+)+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/, 'not a full image reference');

const Annotations = z.record(z.string().max(256), z.string().max(16_384));

/** Platforms a bundle may carry. */
export const Platform = z.enum(['linux/amd64', 'linux/arm64']);
export type Platform = z.infer<typeof Platform>;

/** OCI content descriptor; `size` in bytes. A size above `maxBlobBytes` is refused where the blob is used. */
export const Descriptor = z.object({
  mediaType: z.string().max(255),
  digest: Digest,
  size: z.int().min(0),
  artifactType: z.string().max(255).optional(),
  platform: z.object({ os: z.string().max(64), architecture: z.string().max(64) }).optional(),
  annotations: Annotations.optional(),
});
export type Descriptor = z.infer<typeof Descriptor>;

/** OCI image index. */
export const ImageIndex = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(mediaTypes.index).optional(),
  manifests: z.array(Descriptor).max(2048),
  annotations: Annotations.optional(),
});
export type ImageIndex = z.infer<typeof ImageIndex>;

/** OCI image manifest: a container image, or with our `artifactType` the binaries of one platform. */
export const ImageManifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(mediaTypes.manifest).optional(),
  artifactType: z.string().max(255).optional(),
  config: Descriptor,
  layers: z.array(Descriptor).max(256),
  annotations: Annotations.optional(),
});
export type ImageManifest = z.infer<typeof ImageManifest>;

/** The two fields of an image configuration that say where the image runs. */
export const ImageConfig = z.object({ os: z.string().max(64), architecture: z.string().max(64) });

/** Bytes per chunk of the chunk table and of one progress step. */
export const chunkBytes = 4 * 1024 * 1024;

/** sha256 (hex) of every 4 MiB of the large blobs, so that a bad chunk is refused at once, not after the whole blob. */
export const ChunkTable = z.object({
  chunkBytes: z.literal(chunkBytes),
  blobs: z.record(Digest, z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(maxBlobBytes / chunkBytes)),
});
export type ChunkTable = z.infer<typeof ChunkTable>;

/** One blob of a bundle; `chunks` are the sha256 (hex) of its 4 MiB pieces, when the bundle states them. */
export type BundleBlob = {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  readonly chunks?: readonly string[];
};

/** `linux/amd64` of a descriptor, or undefined when it names no platform. */
export function platformOf(descriptor: Descriptor): string | undefined {
  return descriptor.platform && `${descriptor.platform.os}/${descriptor.platform.architecture}`;
}
