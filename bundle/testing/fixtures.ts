// Ground for the bundle's tests: temporary folders, tiny bundles, images and hand-made archives.
import { createCipheriv, createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import { onTestFinished } from 'vitest';
import { BundleError, type BundleErrorCode } from '../errors.ts';
import type { BundleBlob } from '../oci.ts';
import { writeBlob, type BlobStore } from '../store/blob-store.ts';
import type { BundleSource } from '../sources/source.ts';
import { createBundle, type CreateBundleOptions } from '../tool/create-bundle.ts';

/** A folder that is gone when the test ends. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'byo-bundle-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The same "random" bytes for the same seed, which gzip cannot shrink. */
export function makeNoise(size: number, seed = 'noise'): Buffer {
  const key = createHash('md5').update(seed).digest();
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** A tar of these entries; content only where given. */
export async function makeTar(
  entries: readonly (Partial<Header> & { name: string; content?: Buffer })[],
): Promise<Buffer> {
  const archive = pack();
  const whole = buffer(Readable.from(archive, { objectMode: false }));
  for (const { content, ...header } of entries) archive.entry(header, content ?? Buffer.alloc(0));
  archive.finalize();
  return whole;
}

/** An oci-archive of an image for one architecture. */
export async function makeImage(path: string, architecture = 'amd64'): Promise<void> {
  const layer = gzipSync(makeNoise(2000, path));
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture, rootfs: { type: 'layers', diff_ids: [] } }));
  const type = 'application/vnd.oci.image';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      config: { mediaType: `${type}.config.v1+json`, digest: digestOf(config), size: config.byteLength },
      layers: [{ mediaType: `${type}.layer.v1.tar+gzip`, digest: digestOf(layer), size: layer.byteLength }],
    }),
  );
  const entry = { mediaType: `${type}.manifest.v1+json`, digest: digestOf(manifest), size: manifest.byteLength };
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  const blobs = [layer, config, manifest].map((content) => ({
    name: `blobs/sha256/${digestOf(content).slice(7)}`,
    content,
  }));
  const head = { name: 'oci-layout', content: Buffer.from('{"imageLayoutVersion":"1.0.0"}') };
  await writeFile(path, await makeTar([head, ...blobs, { name: 'index.json', content: index }]));
}

/** Options for a whole small bundle whose Kubernetes layer has more than one chunk; `largest`: bytes of its kubelet. */
export async function makeBundleOptions(largest = 9e6): Promise<CreateBundleOptions> {
  const folder = await makeFolder();
  const names = { kubernetes: ['kubeadm', 'kubelet', 'kubectl'], runc: ['runc'], cni: ['loopback', 'bridge'] };
  const all = { ...names, containerd: ['containerd', 'containerd-shim-runc-v2', 'ctr'] };
  for (const [layer, files] of Object.entries(all)) {
    await mkdir(join(folder, layer));
    for (const file of files)
      await writeFile(join(folder, layer, file), makeNoise(file === 'kubelet' ? largest : 3000, file));
  }
  await makeImage(join(folder, 'pause.tar'));
  const input = (layer: string, version: string) => ({ version, paths: [join(folder, layer)] });
  return {
    output: join(folder, 'bundle'),
    kubernetesVersion: 'v1.36.3',
    platform: 'linux/amd64',
    layers: {
      kubernetes: input('kubernetes', 'v1.36.3'),
      containerd: input('containerd', '2.3.7'),
      runc: input('runc', '1.4.3'),
      cni: input('cni', '1.9.1'),
    },
    images: [{ reference: 'registry.k8s.io/pause:3.10.2', archive: join(folder, 'pause.tar') }],
  };
}

/** A made bundle: its folder and digest. */
export async function makeBundle(largest?: number): Promise<{ folder: string; digest: string }> {
  const options = await makeBundleOptions(largest);
  return { folder: options.output, digest: (await createBundle(options)).digest };
}

/** A store with one blob of this content. */
export async function makeStore(content: Buffer): Promise<{ store: BlobStore; blob: BundleBlob }> {
  const store = { dir: await makeFolder() };
  return { store, blob: { ...(await writeBlob(store, Readable.from([content]))), mediaType: 'test' } };
}

/** A source that answers every request with what `answer` gives for its offset. */
export function makeSource(answer: (offset: number) => Iterable<Buffer> | AsyncIterable<Buffer>): BundleSource {
  return {
    name: 'test source',
    open: (request) => Promise.resolve(Readable.from(answer(request.offset ?? 0), { objectMode: false })),
    resolveTag: (tag) => Promise.reject(new Error(`no tag ${tag}`)),
  };
}

export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** Copies a bundle and flips one bit in the middle of one of its blobs. */
export async function copyWithFlippedBit(folder: string, digest: string): Promise<string> {
  const copy = join(await makeFolder(), 'copy');
  await cp(folder, copy, { recursive: true });
  const path = join(copy, 'blobs', 'sha256', digest.slice(7));
  const content = await readFile(path);
  const middle = Math.floor(content.byteLength / 2);
  content.writeUInt8(content.readUInt8(middle) ^ 1, middle);
  await writeFile(path, content);
  return copy;
}

/** The code of the BundleError a promise ends with; any other end is a failure of the test. */
export async function codeOf(promise: Promise<unknown>): Promise<BundleErrorCode> {
  const ended = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in ended && ended.error instanceof BundleError) return ended.error.code;
  throw new Error('no BundleError came', { cause: 'error' in ended ? ended.error : ended.value });
}
