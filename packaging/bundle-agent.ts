// The agent as one CommonJS file: what it never uses of the Temporal SDK (the workflow bundler) is left out.
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Only the workflow bundler of @temporalio/worker imports these; a host runs no workflows. */
const UNUSED = /^(webpack|memfs|unionfs|swc-loader|source-map-loader|@swc\/core)$/;
/** The bundler itself, as the SDK's own files name it. */
const BUNDLER = /^\.\/(workflow\/)?bundler$/;
/** All that the worker asks of it when it has no workflows. */
const STAND_IN = 'module.exports = { defaultWorkflowInterceptorModules: [] };';

/**
 * Bundles agent/main.ts into `output`. The native module is not part of it: the SDK looks for it in `releases/<target>/`
 * beside the file its loader stands in, which after bundling is this very file.
 */
export async function bundleAgent(options: { root: string; output: string }): Promise<void> {
  await build({
    entryPoints: [join(options.root, 'agent', 'main.ts')],
    outfile: options.output,
    absWorkingDir: options.root,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    legalComments: 'none',
    logLevel: 'error',
    plugins: [leaveOutBundler],
  });
}

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
