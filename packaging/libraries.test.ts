import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { findLibraries } from './libraries.ts';
import { makeMapRelative } from './relative-map.ts';

const root = dirname(import.meta.dirname);

test('the libraries of a program are those whose files are in it, once each', async () => {
  const files = [
    'common/log.ts',
    'node_modules/zod/index.js',
    'node_modules/zod/v4/a.js',
    '../elsewhere/node_modules/zod/v4/b.js',
    'node_modules/@temporalio/common/lib/x.js',
  ];
  const libraries = await findLibraries(root, files);
  expect(libraries.map(({ name }) => name)).toEqual(['@temporalio/common', 'zod']);
  expect(libraries[1]).toMatchObject({ version: expect.stringMatching(/^4\./), license: 'MIT' });
});

test('a library that nobody has locked is an error, not a gap in the list', async () => {
  await expect(findLibraries(root, ['node_modules/of-nobody/index.js'])).rejects.toThrow('of-nobody');
});

/** The entry names the workflows by their path, and comes to its end in a column that tells how long that is. */
const bundleOf = (sources: string[]): string => {
  const entry = `import('${sources[0]}')`;
  const column = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef'.charAt((entry.length % 16) * 2);
  const content = { sourcesContent: [null, 'own', entry], mappings: `AAAA,ECAA,ECA${column}` };
  const file = `bundle-${entry.length}.js`;
  const map = Buffer.from(JSON.stringify({ version: 3, file, sources, ...content })).toString('base64');
  return `code();\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,${map}`;
};

const filesIn = (home: string) => [`${home}/workflows/index.ts`, 'webpack/runtime', `ignored|${home}/node_modules/b`];

test('a bundle made in one checkout has the bytes of one made in another', () => {
  const one = makeMapRelative(bundleOf(filesIn('/home/a')), '/home/a');
  expect(makeMapRelative(bundleOf(filesIn('/srv/b')), '/srv/b')).toEqual(one);
  expect(one.sources).toEqual(['workflows/index.ts', 'webpack/runtime']);
  expect(() => makeMapRelative('code();', '/home/a')).toThrow('no source map');
});
