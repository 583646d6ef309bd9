import { SourceMap } from 'node:module';
import { expect, test } from 'vitest';
import { dropSource } from './source-mappings.ts';

/** Two lines of code, in both of which a.ts and b.ts take turns; with a large step and negative ones. */
const MAPPINGS = 'AAAA,IAAI,gBCAA;ADQa,KCRb';

const find = (mappings: string, line: number, column: number) => {
  const sources = ['a.ts', 'b.ts'];
  const map = new SourceMap({ version: 3, file: '', sources, sourcesContent: [], names: [], sourceRoot: '', mappings });
  const { originalSource, originalLine, originalColumn } = {
    originalSource: undefined,
    ...map.findEntry(line, column),
  };
  return [originalSource, originalLine, originalColumn];
};

test('a source is dropped, and what is left points where it did', () => {
  const dropped = dropSource(MAPPINGS, 1);
  expect(find(MAPPINGS, 0, 20)).toEqual(['b.ts', 0, 4]);
  expect(find(dropped, 0, 20)).toEqual(find(MAPPINGS, 0, 4));
  for (const [line, column] of [
    [0, 0],
    [0, 4],
    [1, 0],
  ] as const) {
    expect(find(dropped, line, column)).toEqual(find(MAPPINGS, line, column));
  }
});

test('nothing to drop: the same text', () => {
  expect(dropSource(MAPPINGS, -1)).toBe(MAPPINGS);
  expect(dropSource(';;AAAA;', 7)).toBe(';;AAAA;');
});
