// Large files a piece at a time, in one buffer: V8 counts what lies outside its heap, and a new mebibyte for every piece has
// it collect garbage every few pieces, which for the agent was a third of what it did.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** Bytes of something large. A piece may be overwritten once the next is asked for: copy what is kept. */
export type Pieces = AsyncIterable<Uint8Array>;

const PIECE_BYTES = 1024 * 1024;

/** The bytes of a file from `start` to its end. @throws the system's error */
export async function* readPieces(path: string, start = 0): AsyncGenerator<Buffer, void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(1, size - start)));
    for (let at = start; ;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** What all the pieces are together; `sha256` in hex, `size` in bytes. @throws what the pieces throw */
export async function digestPieces(pieces: Pieces): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of pieces) {
    hash.update(piece);
    size += piece.byteLength;
  }
  return { sha256: hash.digest('hex'), size };
}

/** The same bytes as a Buffer, not copied. */
export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
