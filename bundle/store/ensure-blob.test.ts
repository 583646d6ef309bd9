// Fetching one blob: whole or not at all, and never trusting what an earlier try left.
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { nameWriteError } from '../errors.ts';
import { chunkBytes, type BundleBlob } from '../oci.ts';
import { codeOf, digestOf, makeFolder, makeNoise, makeSource } from '../testing/fixtures.ts';
import { assertSpace, blobPath, type BlobStore } from './blob-store.ts';
import { ensureBlob } from './ensure-blob.ts';

const content = makeNoise(2 * chunkBytes + 1000);
const blob: BundleBlob = { digest: digestOf(content), size: content.byteLength, mediaType: 'test' };
const chunks = [0, 1, 2].map((at) => {
  return createHash('sha256')
    .update(content.subarray(at * chunkBytes, (at + 1) * chunkBytes))
    .digest('hex');
});
const chunked = { ...blob, chunks };

/** A source of these bytes in small parts, and the offsets it was asked for. */
function serve(bytes: Buffer, part = 64 * 1024) {
  const offsets: number[] = [];
  const source = makeSource(function* (offset) {
    offsets.push(offset);
    for (let at = offset; at < bytes.byteLength; at += part) yield bytes.subarray(at, at + part);
  });
  return { source, offsets };
}

async function makePartial(bytes: Buffer): Promise<BlobStore> {
  const store = { dir: await makeFolder() };
  const path = `${blobPath(store, blob.digest)}.partial`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return store;
}

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

test('a blob is fetched, reported and left alone the next time', async () => {
  const store = { dir: await makeFolder() };
  const { source, offsets } = serve(content);
  const seen: number[] = [];
  const path = await ensureBlob(store, source, blob, { onBytes: (done) => seen.push(done) });
  expect(digestOf(await readFile(path))).toBe(blob.digest);
  expect(seen.at(-1)).toBe(blob.size);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  await ensureBlob(store, source, blob);
  expect(offsets).toEqual([0]);
});

test('a damaged blob in the store is noticed and fetched anew', async () => {
  const store = { dir: await makeFolder() };
  const { source, offsets } = serve(content);
  const path = await ensureBlob(store, source, blob);
  await writeFile(path, flip(content, 5));
  expect(digestOf(await readFile(await ensureBlob(store, source, blob)))).toBe(blob.digest);
  expect(offsets).toEqual([0, 0]);
});

test.each([1, 1000, chunkBytes, chunkBytes + 7, content.byteLength])(
  'a partial file of %i bytes is resumed',
  async (kept) => {
    const store = await makePartial(content.subarray(0, kept));
    const { source, offsets } = serve(content);
    expect(digestOf(await readFile(await ensureBlob(store, source, chunked)))).toBe(blob.digest);
    expect(offsets).toEqual(kept === content.byteLength ? [] : [kept]);
  },
);

test('a damaged partial file costs its bad chunk with a chunk table, all without one', async () => {
  const damaged = flip(content.subarray(0, 2 * chunkBytes), chunkBytes + 3);
  for (const [wanted, expected] of [[chunked, [chunkBytes]] as const, [blob, [2 * chunkBytes, 0]] as const]) {
    const store = await makePartial(damaged);
    const { source, offsets } = serve(content);
    expect(digestOf(await readFile(await ensureBlob(store, source, wanted)))).toBe(blob.digest);
    expect(offsets).toEqual(expected);
  }
});

test('a partial file longer than the blob is dropped', async () => {
  const store = await makePartial(Buffer.concat([content, Buffer.alloc(10)]));
  const { source, offsets } = serve(content);
  expect(digestOf(await readFile(await ensureBlob(store, source, blob)))).toBe(blob.digest);
  expect(offsets).toEqual([0]);
});

test('a source with one wrong bit is refused, at its chunk when the bundle states chunks', async () => {
  const { source } = serve(flip(content, chunkBytes + 9));
  for (const [wanted, left] of [[blob, 0] as const, [chunked, chunkBytes] as const]) {
    const store = { dir: await makeFolder() };
    expect(await codeOf(ensureBlob(store, source, wanted))).toBe('DigestMismatch');
    const path = blobPath(store, blob.digest);
    expect((await stat(`${path}.partial`)).size).toBe(left);
    await expect(stat(path)).rejects.toThrow('ENOENT');
  }
});

test('a source that never ends is cut at the stated size', async () => {
  const endless = makeSource(function* () {
    for (;;) yield content.subarray(0, 65_536);
  });
  expect(await codeOf(ensureBlob({ dir: await makeFolder() }, endless, blob))).toBe('BlobTooLarge');
});

test('a source that ends early leaves what came, and the next try takes it up', async () => {
  const store = { dir: await makeFolder() };
  expect(await codeOf(ensureBlob(store, serve(content.subarray(0, 70_000)).source, chunked))).toBe('SourceInterrupted');
  const { source, offsets } = serve(content);
  await ensureBlob(store, source, chunked);
  expect(offsets).toEqual([70_000]);
});

test('a signal stops the transfer and keeps what came', async () => {
  const store = { dir: await makeFolder() };
  const stop = new AbortController();
  const { source, offsets } = serve(content);
  const onBytes = (done: number): void => {
    if (done > 0) stop.abort();
  };
  await expect(ensureBlob(store, source, blob, { onBytes, signal: stop.signal })).rejects.toThrow('aborted');
  await ensureBlob(store, source, blob);
  expect(offsets[1]).toBeGreaterThan(0);
});

test('a size beyond all reason is refused before anything is asked for', async () => {
  const { source, offsets } = serve(content);
  const huge = { ...blob, size: 5 * 1024 ** 3 };
  expect(await codeOf(ensureBlob({ dir: await makeFolder() }, source, huge))).toBe('BlobTooLarge');
  expect(offsets).toEqual([]);
});

test('a full disk is named, before the transfer and in it', async () => {
  expect(await codeOf(assertSpace({ dir: await makeFolder() }, Number.MAX_SAFE_INTEGER))).toBe('DiskFull');
  const full = await open('/dev/full', 'w');
  const written = full.appendFile('x').catch((error: unknown) => {
    throw nameWriteError(error, '/dev/full');
  });
  expect(await codeOf(written)).toBe('DiskFull');
  await full.close();
});
