// The workflow bundle: webpack takes seconds, so it is made once per content and kept on disk.
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode, type BundleOptions } from '@temporalio/worker';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = ['workflows', 'api'];

/** The code that is in the bundle: workflow modules and the contract they import, tests left out. */
async function readSources(): Promise<string[]> {
  const files: string[] = [];
  for (const folder of SOURCES) {
    const names = await readdir(join(root, folder), { recursive: true });
    for (const name of names.toSorted()) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      files.push(`${folder}/${name}\n${await readFile(join(root, folder, name), 'utf8')}`);
    }
  }
  return files;
}

/** The SDK's version is part of the content: bundler and worker must be of one version. */
function hash(sources: string[], replaced: string): string {
  const sdk: unknown = createRequire(import.meta.url)('@temporalio/worker/package.json');
  const hashed = createHash('sha256').update(JSON.stringify([Object(sdk)['version'], sources, replaced]));
  return hashed.digest('hex').slice(0, 16);
}

/** `replaceOptions` puts another module in the place of workflows/options.ts: tests that must not wait for minutes. */
export type BuildOptions = { cacheFolder?: string; replaceOptions?: string };

/** Builds the bundle, or finds it: the path of one JavaScript file with its source map inside. */
export async function buildWorkflowBundle(options: BuildOptions = {}): Promise<{ codePath: string }> {
  const { cacheFolder = join(root, 'dist'), replaceOptions } = options;
  const replaced = replaceOptions ? await readFile(replaceOptions, 'utf8') : '';
  const codePath = join(cacheFolder, `workflows-${hash(await readSources(), replaced)}.js`);
  if (await exists(codePath)) return { codePath };
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

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
