// The programs that run beside the management cluster: how each is built as it ships, found when it is built already, and
// started.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ARCHITECTURE } from '../common/platform.ts';
import { hashSources } from '../workers/hash-sources.ts';
import { buildWorkflowBundle } from '../workers/workflow-bundle.ts';
import { PREBUILT_WORKFLOWS } from '../workers/prebuilt-workflows.ts';
import { bundle } from './bundle.ts';
import { decideObsolete, type Build } from './decide-obsolete.ts';
import { findLibraries, Library } from './libraries.ts';
import { nativeModuleOf } from './package-contents.ts';
import { makeMapRelative } from './relative-map.ts';

export type Program = 'controller' | 'gateway';
export const PROGRAMS: readonly Program[] = ['controller', 'gateway'];

const NATIVE = nativeModuleOf(ARCHITECTURE);

/** What cannot be bundled: files of packages that the worker of Temporal's SDK opens beside the file that it stands in. */
const BESIDE: Record<string, string> = {
  [NATIVE]: `@temporalio/core-bridge/${NATIVE}`,
  'mappings.wasm': 'source-map/lib/mappings.wasm',
};

/** `runsWorkflows`: with the SDK's worker, its thread that is a file of its own, and the workflows' own bundle. */
const PARTS: Record<Program, { entry: string; folders: string[]; runsWorkflows: boolean }> = {
  controller: {
    entry: 'controller/main.ts',
    folders: ['api', 'common', 'activities', 'workflows', 'workers', 'controller', 'packaging'],
    runsWorkflows: true,
  },
  gateway: { entry: 'gateway/main.ts', folders: ['api', 'common', 'gateway', 'packaging'], runsWorkflows: false },
};

/** Named as the SDK asks for it. */
const WORKFLOW_THREAD = {
  'workflow-worker-thread': 'node_modules/@temporalio/worker/lib/workflow/workflow-worker-thread.js',
};

/**
 * What follows Node on the command line. Maps turn the places of an error into lines of the checkout. The heap grows by a
 * quarter of what lives before garbage is collected: V8 lets it grow fourfold, so that a controller of 41 MiB held 167; a
 * young generation of 2 MiB instead of 16 is the same thought. Neither costs processor time that could be measured. One helper
 * thread of V8 instead of four: on so small a heap they wait for one another, a tenth of the processor time of a life.
 */
const FLAGS = ['--enable-source-maps', '--max-semi-space-size=2', '--heap-growing-percent=25', '--v8-pool-size=1'];

/** Beside the program: the libraries that are in it. */
const LIBRARIES = 'libraries.json';

/** A program as it ships: its folder, with `main.js` in it, how Node is started for it, and the libraries that are in it. */
export type BuiltProgram = { folder: string; flags: readonly string[]; libraries: Library[] };

/** Builds a program unless it is there already. */
export async function buildForImage(root: string, program: Program): Promise<BuiltProgram> {
  const folder = dirname(await buildProgram(root, program));
  const libraries = Library.array().parse(JSON.parse(await readFile(join(folder, LIBRARIES), 'utf8')));
  return { folder, flags: FLAGS, libraries };
}

/** Arguments of Node that start the program; it is built unless it is there already. */
export async function argumentsOf(root: string, program: Program): Promise<string[]> {
  return [...FLAGS, await buildProgram(root, program)];
}

/**
 * Path of the program's main file, in a folder named after its content: what is there is not built again, and what was built
 * of other sources goes.
 */
async function buildProgram(root: string, program: Program): Promise<string> {
  const { folders } = PARTS[program];
  const folder = join(root, 'dist', `${program}-${await hashSources(root, folders)}`);
  const main = join(folder, 'main.js');
  if (existsSync(main)) return main;
  const unfinished = `${folder}.${randomUUID()}`;
  try {
    await mkdir(unfinished, { recursive: true });
    await fill(root, program, unfinished);
    await rename(unfinished, folder);
    await removeEarlier(root, program, basename(folder));
  } catch (error) {
    // Whoever built the same at the same time was first.
    if (!existsSync(main)) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return main;
}

/** Earlier builds: each is tens of megabytes, and nobody asks for one again. */
async function removeEarlier(root: string, program: Program, present: string): Promise<void> {
  const dist = join(root, 'dist');
  const builds: Build[] = [];
  for (const name of await readdir(dist)) {
    if (!name.startsWith(`${program}-`) || name === present) continue;
    const made = await stat(join(dist, name)).catch(() => undefined);
    if (made) builds.push({ name, madeMs: made.mtimeMs });
  }
  for (const name of decideObsolete(builds, Date.now())) await rm(join(dist, name), { recursive: true, force: true });
}

async function fill(root: string, program: Program, folder: string): Promise<void> {
  const { entry, runsWorkflows } = PARTS[program];
  const entries = { main: entry, ...(runsWorkflows && WORKFLOW_THREAD) };
  const files = await bundle({ root, entries, folder, format: 'esm' });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n');
  if (runsWorkflows) files.push(...(await addWorkflows(root, folder)));
  await writeFile(join(folder, LIBRARIES), JSON.stringify(await findLibraries(root, files)));
}

/** Answers the files that went in. */
async function addWorkflows(root: string, folder: string): Promise<string[]> {
  const { codePath } = await buildWorkflowBundle();
  const { code, sources } = makeMapRelative(await readFile(codePath, 'utf8'), root);
  await writeFile(join(folder, PREBUILT_WORKFLOWS), code);
  for (const [to, from] of Object.entries(BESIDE)) {
    await mkdir(dirname(join(folder, to)), { recursive: true });
    await linkOrCopy(join(root, 'node_modules', from), join(folder, to));
  }
  return [...sources, ...Object.values(BESIDE).map((file) => `node_modules/${file}`)];
}

/** The native module is 29 MB, which every build would write again; across file systems there is no link. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}
