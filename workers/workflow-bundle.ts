// The workflow bundle: webpack takes seconds, so it is made once per content and kept on disk.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode, type BundleOptions } from '@temporalio/worker';
import { hashSources } from './hash-sources.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** The code that is in the bundle: workflow modules, and the contract that they import. */
const SOURCES = ['workflows', 'api'];

/** `replaceOptions` puts another module in the place of workflows/options.ts: tests that must not wait for minutes. */
export type BuildOptions = { cacheFolder?: string; replaceOptions?: string };

/** Builds the bundle, or finds it: the path of one JavaScript file with its source map inside. */
export async function buildWorkflowBundle(options: BuildOptions = {}): Promise<{ codePath: string }> {
  const { cacheFolder = join(root, 'dist'), replaceOptions } = options;
  const replaced = replaceOptions ? [await readFile(replaceOptions, 'utf8')] : [];
  const codePath = join(cacheFolder, `workflows-${await hashSources(root, SOURCES, replaced)}.js`);
  if (existsSync(codePath)) return { codePath };
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'workflows', 'index.ts'),
    logger: new DefaultLogger('WARN'),
    ...(replaceOptions && {
      webpackConfigHook: replaceModule(join(root, 'workflows', 'options.ts'), replaceOptions),
    }),
  });
  await mkdir(cacheFolder, { recursive: true });
  // Renamed into place, so that whoever builds at the same time, or dies here, leaves no half bundle behind.
  const unfinished = `${codePath}.${randomUUID()}`;
  await writeFile(unfinished, code);
  await rename(unfinished, codePath);
  return { codePath };
}

function replaceModule(module: string, replacement: string): NonNullable<BundleOptions['webpackConfigHook']> {
  return (config) => {
    const known = config.resolve?.alias ?? {};
    // The SDK's configuration holds an object; webpack would allow a list too.
    const alias = Array.isArray(known) ? {} : { ...known, [module]: replacement };
    return { ...config, resolve: { ...config.resolve, alias } };
  };
}
