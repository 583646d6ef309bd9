import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { openToken, sealToken } from './token-seal.ts';

const hostA = '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a11';
const hostB = '7f2c1c52-1d4b-4a55-9c3f-0d6a2a0f9a12';
const keys = { current: randomBytes(32) };
const token = Buffer.from('namespace and workflow of host A');

test('the host that was given a token brings it back', () => {
  expect(openToken(sealToken(token, hostA, keys), hostA, keys)).toEqual(token);
  expect(openToken(sealToken(Buffer.alloc(0), hostA, keys), hostA, keys)).toEqual(Buffer.alloc(0));
});

test('another host cannot use it, whatever its id has in common', () => {
  const sealed = sealToken(token, hostA, keys);
  for (const other of [hostB, '', `${hostA}x`, hostA.slice(1), hostA.toUpperCase()]) {
    expect(openToken(sealed, other, keys)).toBeUndefined();
  }
});

test('each bit counts', () => {
  const sealed = sealToken(token, hostA, keys);
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const flipped = Buffer.from(sealed);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(openToken(flipped, hostA, keys), `bit ${bit}`).toBeUndefined();
  }
});

test('what was never sealed, cut or lengthened is not opened', () => {
  const sealed = sealToken(token, hostA, keys);
  expect(openToken(token, hostA, keys)).toBeUndefined();
  expect(openToken(Buffer.concat([sealed, Buffer.of(0)]), hostA, keys)).toBeUndefined();
  for (let length = 0; length < sealed.length; length += 1) {
    expect(openToken(sealed.subarray(0, length), hostA, keys), `${length} bytes`).toBeUndefined();
  }
});

test('the previous key still opens, an older one does not', () => {
  const next = { current: randomBytes(32), previous: keys.current };
  const sealed = sealToken(token, hostA, keys);
  expect(openToken(sealed, hostA, next)).toEqual(token);
  expect(openToken(sealed, hostA, { current: randomBytes(32), previous: next.current })).toBeUndefined();
});

test('a key of another length seals nothing', () => {
  expect(() => sealToken(token, hostA, { current: randomBytes(16) })).toThrow('16 bytes');
});
