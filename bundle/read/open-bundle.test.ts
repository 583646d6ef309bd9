// Opening a bundle: what is right opens whole, what is wrong is named.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeOf, copyWithFlippedBit, digestOf, makeBundle, makeFolder } from '../testing/fixtures.ts';
import { openStore } from '../store/blob-store.ts';
import { ensureBlob } from '../store/ensure-blob.ts';
import { openBundle } from './open-bundle.ts';
import { openFolder, openSource } from '../sources/source.ts';

const platform = 'linux/amd64';

test('a made bundle opens with its layers, images and blobs', async () => {
  const { folder, digest } = await makeBundle();
  const bundle = await openBundle({ source: openSource(`file://${folder}`), digest, platform, version: 'v1.36.3' });
  expect(bundle.layers.map(({ title, version }) => `${title} ${version}`)).toEqual([
    'kubernetes v1.36.3',
    'containerd 2.3.7',
    'runc 1.4.3',
    'cni 1.9.1',
  ]);
  expect(bundle.images.map((image) => image.reference)).toEqual(['registry.k8s.io/pause:3.10.2']);
  expect(bundle.layers[0]?.blob.chunks).toHaveLength(3);
  expect(bundle.bytes).toBe(bundle.blobs.reduce((sum, blob) => sum + blob.size, 0));
});

test('a fetched bundle opens again from the store alone', async () => {
  const { folder, digest } = await makeBundle();
  const source = openFolder(folder);
  const bundle = await openBundle({ source, digest, platform });
  const store = { dir: await makeFolder() };
  for (const blob of bundle.blobs) await ensureBlob(store, source, blob);
  expect(await openBundle({ source: openStore(store), digest, platform })).toEqual(bundle);
});

test('a tag names the digest; an unknown tag says which there are', async () => {
  const { folder, digest } = await makeBundle();
  expect(await openFolder(folder).resolveTag('v1.36.3')).toBe(digest);
  await expect(openFolder(folder).resolveTag('v1.37.2')).rejects.toThrow('it has v1.36.3');
});

test('one flipped bit in any document of the bundle is a DigestMismatch', async () => {
  const { folder, digest } = await makeBundle();
  const bundle = await openBundle({ source: openFolder(folder), digest, platform });
  const documents = bundle.blobs.filter(
    (blob) => blob.mediaType.endsWith('+json') && !blob.mediaType.includes('config'),
  );
  expect(documents).toHaveLength(4);
  for (const document of documents) {
    const copy = await copyWithFlippedBit(folder, document.digest);
    const opened = openBundle({ source: openFolder(copy), digest, platform });
    await expect(opened).rejects.toMatchObject({
      code: 'DigestMismatch',
      message: expect.stringContaining(document.digest),
    });
  }
});

test('a platform the bundle lacks, another version, another digest are each named', async () => {
  const { folder, digest } = await makeBundle();
  const source = openFolder(folder);
  expect(await codeOf(openBundle({ source, digest, platform: 'linux/arm64' }))).toBe('PlatformMissing');
  expect(await codeOf(openBundle({ source, digest, platform, version: 'v1.37.2' }))).toBe('VersionMismatch');
  expect(await codeOf(openBundle({ source, digest: digestOf(Buffer.from('x')), platform }))).toBe('BundleNotFound');
  expect(await codeOf(openBundle({ source, digest: 'sha256:../../etc/passwd', platform }))).toBe('NotABundle');
});

test('documents that are no bundle are refused without harm', async () => {
  const folder = await makeFolder();
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  const open = async (content: string): Promise<string> => {
    const digest = digestOf(Buffer.from(content));
    await writeFile(join(folder, 'blobs', 'sha256', digest.slice(7)), content);
    return codeOf(openBundle({ source: openFolder(folder), digest, platform }));
  };
  expect(await open('not json')).toBe('NotABundle');
  expect(await open('{"schemaVersion":1,"manifests":[]}')).toBe('NotABundle');
  expect(await open('{"schemaVersion":2,"manifests":[]}')).toBe('NotABundle');
  expect(await open('['.repeat(1_000_000))).toBe('NotABundle');
  expect(await open('{"__proto__":{"schemaVersion":2,"manifests":[]}}')).toBe('NotABundle');
  expect(await open(' '.repeat(4 * 1024 * 1024 + 1))).toBe('BlobTooLarge');
});

test('an address that is no folder is refused', () => {
  const addresses = [
    'https://example.com/bundle',
    'file://host/bundle',
    'file:///a%2fb',
    'unix:/run/x',
    'registry/bundle',
  ];
  for (const address of addresses) {
    expect(() => openSource(address)).toThrow('no bundle can be read from');
  }
});
