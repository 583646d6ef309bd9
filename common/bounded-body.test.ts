import { expect, test } from 'vitest';
import { readBounded } from './bounded-body.ts';

const tooLarge = () => new Error('too large');

async function* pieces(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield Buffer.alloc(size, 'x');
}

test('a body as long as its bound is read whole, one byte more is not', async () => {
  expect((await readBounded(pieces(4, 0, 6), 10, tooLarge)).toString()).toBe('x'.repeat(10));
  expect(await readBounded(pieces(), 10, tooLarge)).toHaveLength(0);
  await expect(readBounded(pieces(4, 7), 10, tooLarge)).rejects.toThrow('too large');
});

test('nothing is asked for after the bound', async () => {
  let asked = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      asked += 1;
      yield Buffer.alloc(6);
    }
  }
  await expect(readBounded(endless(), 10, tooLarge)).rejects.toThrow('too large');
  expect(asked).toBe(2);
});
