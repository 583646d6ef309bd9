// Pieces: the bytes of the file, whatever its size, and never more than one buffer of them.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from '../testing/fixtures.ts';
import { readPieces, viewOf } from './pieces.ts';

const MIB = 1024 * 1024;

test.each([0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 7])('a file of %i bytes, from anywhere', async (size) => {
  const path = join(await makeFolder(), 'file');
  const content = randomBytes(size);
  await writeFile(path, content);
  for (const start of [0, 1, MIB, size]) {
    const buffers = new Set<ArrayBufferLike>();
    const copies: Buffer[] = [];
    for await (const piece of readPieces(path, start)) {
      buffers.add(piece.buffer);
      copies.push(Buffer.from(piece));
    }
    expect(Buffer.concat(copies).equals(content.subarray(start))).toBe(true);
    expect(buffers.size).toBeLessThanOrEqual(1);
  }
});

test('a view is no copy', () => {
  const bytes = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
  const view = viewOf(bytes);
  bytes[0] = 9;
  expect([...view]).toEqual([9, 3]);
});
