// Programs of ours as single JavaScript files: what they never use of their libraries is left out. Native modules are not
// part of any: the loader of Temporal's SDK looks for its own in `releases/<target>/` beside the file that it stands in.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** `entries`: names of the files to make, and the module that each begins with, from the root of the checkout. */
export type Bundling = { root: string; entries: Record<string, string>; folder: string; format: 'cjs' | 'esm' };

/** Only the workflow bundler of @temporalio/worker imports these; whoever runs workflows is given them bundled. */
const UNUSED = /^(webpack|memfs|unionfs|swc-loader|source-map-loader|@swc\/core)$/;
/** The bundler itself, as the SDK's own files name it. */
const BUNDLER = /^\.\/(workflow\/)?bundler$/;
/** All that the worker asks of it. */
const STAND_IN = 'module.exports = { defaultWorkflowInterceptorModules: [] };';

/** What libraries in CommonJS expect to find, and ES modules do not have. */
const COMMONJS = [
  "import { createRequire } from 'node:module';",
  'const require = createRequire(import.meta.url);',
  'const { filename: __filename, dirname: __dirname } = import.meta;',
].join('\n');

/**
 * Writes `<entry>.cjs`, or for ES modules `<entry>.js` with its source map beside it, into `folder`. Answers the files that
 * went into them, from the root.
 */
export async function bundle({ root, entries, folder, format }: Bundling): Promise<string[]> {
  const points = Object.entries(entries).map(([out, module]) => ({ out, in: join(root, module) }));
  const { metafile } = await build({
    metafile: true,
    entryPoints: points,
    outdir: folder,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format,
    legalComments: 'none',
    logLevel: 'error',
    plugins: [leaveOutBundler, takePrebuiltWorkflows, mapOwnLinesOnly],
    ...(format === 'cjs' ? { outExtension: { '.js': '.cjs' } } : AS_MODULE),
  });
  // What is looked at is more than what is left in the end.
  const inside = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  return inside.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
}

/** Names stay whole: errors are told by theirs. A map names lines, and the checkout has them. */
const AS_MODULE = {
  banner: { js: COMMONJS },
  minifyWhitespace: true,
  lineLimit: 200,
  sourcemap: 'linked',
  sourcesContent: false,
} as const;

const leaveOutBundler: Plugin = {
  name: 'leave-out-workflow-bundler',
  setup(builder) {
    const namespace = 'left-out';
    builder.onResolve({ filter: UNUSED }, ({ path }) => ({ path, namespace }));
    builder.onResolve({ filter: BUNDLER }, ({ path, importer }) =>
      importer.includes('/@temporalio/worker/') ? { path, namespace } : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace }, () => ({ contents: STAND_IN, loader: 'js' }));
  },
};

const takePrebuiltWorkflows: Plugin = {
  name: 'take-prebuilt-workflows',
  setup(builder) {
    builder.onLoad({ filter: /\/workers\/workflow-bundle\.ts$/ }, ({ path }) => ({
      contents: "export { buildWorkflowBundle } from './prebuilt-workflows.ts';",
      resolveDir: join(path, '..'),
      loader: 'ts',
    }));
  },
};

/** A map of the very first token: a line that a map says nothing of is left out of the map of the bundle. */
const NO_MAP = Buffer.from('{"version":3,"sources":["library.js"],"mappings":"AAAA"}').toString('base64');

/** Node holds the whole map from the start on: with the lines of all libraries it would be a hundred MiB. */
const mapOwnLinesOnly: Plugin = {
  name: 'map-own-lines-only',
  setup(builder) {
    if (builder.initialOptions.sourcemap === undefined) return;
    builder.onLoad({ filter: /\/node_modules\/.*\.[cm]?js$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8');
      const own = contents.replaceAll(/^\/\/# sourceMappingURL=.*$/gm, '');
      return { contents: `${own}\n//# sourceMappingURL=data:application/json;base64,${NO_MAP}`, loader: 'js' };
    });
  },
};
