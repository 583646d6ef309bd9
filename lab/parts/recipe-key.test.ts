import { expect, test } from 'vitest';
import { recipeKey, type KeyInput } from './recipe-key.ts';

const input: KeyInput = {
  name: 'etcd',
  version: '3.6.16',
  architecture: 'x64',
  recipe: { ldflags: ['-s', '-w'], cgo: false },
  sources: [{ path: 'go/etcd/go.mod', content: 'module lab.local/etcd' }],
  needs: ['1.36.3-abc'],
};

test('a key is the version and a short hash', () => {
  expect(recipeKey(input)).toMatch(/^3\.6\.16-[0-9a-f]{12}$/);
});

test('the order in which a recipe names its settings does not matter, the order of flags does', () => {
  expect(recipeKey({ ...input, recipe: { cgo: false, ldflags: ['-s', '-w'] } })).toBe(recipeKey(input));
  expect(recipeKey({ ...input, recipe: { cgo: false, ldflags: ['-w', '-s'] } })).not.toBe(recipeKey(input));
});

test.each<[string, Partial<KeyInput>]>([
  ['name', { name: 'etcdctl' }],
  ['version', { version: '3.6.17' }],
  ['architecture', { architecture: 'arm64' }],
  ['recipe', { recipe: { ldflags: ['-s'], cgo: false } }],
  ['source content', { sources: [{ path: 'go/etcd/go.mod', content: 'module lab.local/other' }] }],
  ['source path', { sources: [{ path: 'go/other/go.mod', content: 'module lab.local/etcd' }] }],
  ['needed part', { needs: ['1.37.2-abc'] }],
])('another %s is another key', (_what, change) => {
  expect(recipeKey({ ...input, ...change })).not.toBe(recipeKey(input));
});
