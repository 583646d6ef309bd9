// The transfer of one blob into its partial file: keeps what an earlier try left, but believes only what it hashed itself.
import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { BundleError } from '../errors.ts';
import { chunkBytes, type BundleBlob } from '../oci.ts';
import { assertSpace, type BlobStore } from './blob-store.ts';
import { viewOf } from './pieces.ts';
import { assertDigest } from '../read/read-document.ts';
import type { BundleSource } from '../sources/source.ts';

/**
 * `onBytes(done, total)` hears of progress about every 256 KiB, and at the end; throttle before you write it anywhere.
 * `signal` stops the transfer and keeps what has come.
 */
export type EnsureBlobOptions = {
  readonly onBytes?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
};

/** `file` is the partial file, open for reading and appending. */
export type Transfer = EnsureBlobOptions & {
  readonly store: BlobStore;
  readonly source: BundleSource;
  readonly blob: BundleBlob;
  readonly file: FileHandle;
};

/** Where a transfer stands: the hash of the whole so far, the hash of the chunk under way, the bytes in the file. */
type Position = { readonly whole: Hash; chunk: Hash; done: number };

const progressBytes = 256 * 1024;

/**
 * Completes the partial file and verifies it; what is wrong is cut off the file, so that a later try starts right.
 * @throws BundleError `DigestMismatch`, `BlobTooLarge`, `DiskFull`, `SourceInterrupted`
 */
export async function fetchBlob(work: Transfer): Promise<void> {
  const position = await keepPartial(work);
  const resumed = position.done;
  try {
    await completeFile(work, position);
  } catch (error) {
    // What an earlier try left may be what is wrong (power loss): once more, with nothing but this try's own bytes.
    if (resumed === 0 || !(error instanceof BundleError) || error.code !== 'DigestMismatch') throw error;
    await completeFile(work, await keepPartial(work));
  }
}

async function completeFile(work: Transfer, position: Position): Promise<void> {
  const { blob, file } = work;
  await assertSpace(work.store, blob.size - position.done);
  await appendRest(work, position);
  if (position.done < blob.size) {
    const message = `${work.source.name} ended blob ${blob.digest} at byte ${position.done} of ${blob.size}`;
    throw new BundleError('SourceInterrupted', message);
  }
  try {
    assertDigest(blob, `sha256:${position.whole.digest('hex')}`, position.done);
  } catch (error) {
    await file.truncate(0);
    throw error;
  }
}

/** Hashes what an earlier try left; whole chunks that are wrong are cut off with all that follows. */
async function keepPartial(work: Transfer): Promise<Position> {
  const position = startPosition();
  const { size } = await work.file.stat();
  if (size > work.blob.size) await work.file.truncate(0);
  const left = size > work.blob.size ? 0 : size;
  const buffer = Buffer.allocUnsafe(chunkBytes);
  while (position.done < left) {
    const { bytesRead } = await work.file.read(buffer, 0, Math.min(chunkBytes, left - position.done), position.done);
    if (bytesRead === 0) break;
    const wrong = findWrongChunk(work.blob, position, buffer.subarray(0, bytesRead));
    if (wrong === undefined) continue;
    await work.file.truncate(wrong);
    return keepPartial(work);
  }
  return position;
}

async function appendRest(work: Transfer, position: Position): Promise<void> {
  const { blob, file, signal } = work;
  if (position.done === blob.size) return;
  const request = { digest: blob.digest, mediaType: blob.mediaType, offset: position.done };
  let reported = position.done;
  work.onBytes?.(position.done, blob.size);
  for await (const part of await work.source.open({ ...request, ...(signal && { signal }) })) {
    signal?.throwIfAborted();
    const bytes = viewOf(part);
    assertWithin(blob, position.done + bytes.byteLength);
    await file.appendFile(bytes);
    const wrong = findWrongChunk(blob, position, bytes);
    if (wrong !== undefined) await refuseChunk(work, wrong);
    if (position.done - reported < progressBytes && position.done < blob.size) continue;
    reported = position.done;
    work.onBytes?.(position.done, blob.size);
  }
}

function assertWithin(blob: BundleBlob, size: number): void {
  if (size > blob.size)
    throw new BundleError('BlobTooLarge', `blob ${blob.digest} goes on after its ${blob.size} bytes`);
}

async function refuseChunk(work: Transfer, start: number): Promise<never> {
  await work.file.truncate(start);
  const message = `blob ${work.blob.digest}: the ${chunkBytes} bytes from byte ${start} are not what the bundle states`;
  throw new BundleError('DigestMismatch', message);
}

function startPosition(): Position {
  return { whole: createHash('sha256'), chunk: createHash('sha256'), done: 0 };
}

/** Moves the position over these bytes; answers the start of the first chunk that ended wrong, if any. */
function findWrongChunk(blob: BundleBlob, position: Position, bytes: Buffer): number | undefined {
  position.whole.update(bytes);
  for (let offset = 0; offset < bytes.byteLength;) {
    const room = chunkBytes - (position.done % chunkBytes);
    const piece = bytes.subarray(offset, offset + room);
    const start = position.done - (position.done % chunkBytes);
    position.chunk.update(piece);
    position.done += piece.byteLength;
    offset += piece.byteLength;
    if (position.done % chunkBytes !== 0 && position.done !== blob.size) continue;
    const expected = blob.chunks?.[start / chunkBytes];
    if (expected !== undefined && expected !== position.chunk.digest('hex')) return start;
    position.chunk = createHash('sha256');
  }
  return undefined;
}
