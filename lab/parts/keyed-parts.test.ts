import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keyParts, withNeeds } from './keyed-parts.ts';
import { ensurePart, type KeyedPart } from './part-cache.ts';
import type { Part } from './part.ts';

let cache = '';
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'parts-'));
});
afterEach(async () => await rm(cache, { recursive: true }));

const buildWhole: Part['build'] = ({ folder }) => writeFile(join(folder, 'result'), 'whole');

const buildHalf: Part['build'] = async ({ folder }) => {
  await writeFile(join(folder, 'result'), 'half');
  throw new Error('no space left');
};

function part(change: Partial<Part> & { name: string }): Part {
  return { version: '1.0.0', needs: [], recipe: '', sources: [], expected: 'seconds', build: buildWhole, ...change };
}

async function keyOne(only: Part): Promise<KeyedPart> {
  const [keyed] = await keyParts(cache, [only]);
  if (keyed === undefined) throw new Error('no key');
  return keyed;
}

const silently = (): void => {};

test('a part comes after all it needs, once', () => {
  const parts = [part({ name: 'image', needs: ['binary', 'root'] }), part({ name: 'binary' }), part({ name: 'root' })];
  expect(withNeeds(parts, ['image', 'root']).map(({ name }) => name)).toEqual(['binary', 'root', 'image']);
  expect(() => withNeeds(parts, ['imgae'])).toThrow('no part is called imgae: use image, binary, root');
});

test('what a part needs is part of its key', async () => {
  const image = part({ name: 'image', needs: ['binary'] });
  const [, before] = await keyParts(cache, [part({ name: 'binary' }), image]);
  const [, after] = await keyParts(cache, [part({ name: 'binary', recipe: 'other flags' }), image]);
  expect(after?.key).not.toBe(before?.key);
});

test('a part may use only what it says it needs', async () => {
  const keyed = await keyOne(part({ name: 'image' }));
  expect(() => keyed.need('binary')).toThrow('image uses binary without naming it in its needs');
});

test('a part is built once; the second call finds it', async () => {
  const lines: string[] = [];
  const keyed = await keyOne(part({ name: 'a' }));
  expect(await ensurePart(cache, keyed, (line) => lines.push(line))).toBe(true);
  expect(await ensurePart(cache, keyed, (line) => lines.push(line))).toBe(false);
  expect(await readFile(join(keyed.folder, 'result'), 'utf8')).toBe('whole');
  expect(lines).toHaveLength(2);
});

test('two callers at once build once', async () => {
  const keyed = await keyOne(part({ name: 'a' }));
  const results = await Promise.all([ensurePart(cache, keyed, silently), ensurePart(cache, keyed, silently)]);
  expect(results.filter(Boolean)).toHaveLength(1);
});

test('a build that fails leaves nothing that looks like a part, and names its cause', async () => {
  const keyed = await keyOne(part({ name: 'a', build: buildHalf }));
  const failure: unknown = await ensurePart(cache, keyed, silently).catch((error: unknown) => error);
  expect(failure).toMatchObject({ message: 'a 1.0.0 could not be built', cause: { message: 'no space left' } });
  expect(await readdir(join(cache, 'parts', 'a'))).toEqual([]);
});

test('a part that lives elsewhere too is built again when that is gone', async () => {
  let there = true;
  const keyed = await keyOne(part({ name: 'a', isWhole: () => Promise.resolve(there) }));
  await ensurePart(cache, keyed, silently);
  expect(await ensurePart(cache, keyed, silently)).toBe(false);
  there = false;
  expect(await ensurePart(cache, keyed, silently)).toBe(true);
});
