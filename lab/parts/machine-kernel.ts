// The kernel of the lab's machines: User-mode Linux, built from Debian's own source package with what Kubernetes needs.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { hasCode } from '../../common/system-error.ts';
import { findMirror } from './debian.ts';
import { labFolder } from './lab-folder.ts';
import type { BuildContext, Part } from './part.ts';
import { runCommand } from './run-command.ts';

/** Debian's package of the source. The suite it is in goes on; name, version and hash say which one is meant. */
const SOURCE = {
  suite: 'sid',
  name: 'linux-source-7.2',
  version: '7.2.13-1',
  sha256: '30a8c5fc63f9028a62e6d7b3f7f43bee67425dbce2a05fceba83f9b87c92083d',
};

/** Below `lab/`: what is asked of the configuration, and what is mended in the source. */
const OURS = 'parts/kernel';
const COMPILERS = ['gcc', 'make', 'patch', 'flex', 'bison', 'bc', 'libelf-dev', 'xz-utils'];
const UML = ['ARCH=um'];

/** The kernel, a program of this machine. */
export const kernelProgram = (folder: string): string => join(folder, 'bin', 'linux');

/** Its modules, a tree to lay over a root file system; `depmod` is still to be run there. */
export const kernelModules = (folder: string): string => join(folder, 'modules');

async function buildKernel({ folder, cache }: BuildContext): Promise<void> {
  const work = join(folder, 'work');
  await mkdir(work);
  const tree = await unpackSource(await ensureSource(cache, work), work);
  await configure(tree);
  // Whoever builds it does something else meanwhile: it takes what others leave.
  const jobs = `-j${Math.min(availableParallelism(), 4)}`;
  await make(tree, [jobs, 'linux', 'modules']);
  await make(tree, [
    `INSTALL_MOD_PATH=${kernelModules(folder)}`,
    'INSTALL_MOD_STRIP=1',
    'DEPMOD=true',
    'modules_install',
  ]);
  await removeLinks(join(kernelModules(folder), 'lib/modules'));
  await mkdir(join(folder, 'bin'));
  await runCommand('strip', ['-o', kernelProgram(folder), join(tree, 'linux')]);
  await rm(work, { recursive: true });
}

/** `build` and `source` lead into the tree that goes. */
async function removeLinks(modules: string): Promise<void> {
  const [release = ''] = await readdir(modules);
  for (const name of ['build', 'source']) await rm(join(modules, release, name), { force: true });
}

const make = (tree: string, args: string[]): Promise<string> =>
  runCommand('nice', ['-n', '19', 'make', '--silent', ...UML, ...args], { folder: tree });

/** The source package out of the cache, or fetched; whichever way it came, it is the one that was meant. */
async function ensureSource(cache: string, work: string): Promise<string> {
  const kept = join(cache, 'debian-packages', `${SOURCE.name}_${SOURCE.version}_all.deb`);
  if ((await hashOf(kept)) === SOURCE.sha256) return kept;
  const fetched = await fetchSource(work).catch((cause: unknown) => {
    throw new Error(`${SOURCE.name} ${SOURCE.version} is not to be had any more: put it at ${kept}`, { cause });
  });
  const hash = await hashOf(fetched);
  if (hash !== SOURCE.sha256) throw new Error(`${basename(fetched)} has the hash ${hash}, not ${SOURCE.sha256}`);
  await mkdir(join(cache, 'debian-packages'), { recursive: true });
  await copyFile(fetched, `${kept}.new`);
  await rename(`${kept}.new`, kept);
  return kept;
}

/** By this machine's mirror and keys, with lists of its own: what apt knows of the machine stays as it is. */
async function fetchSource(work: string): Promise<string> {
  const { url } = await findMirror();
  for (const name of ['lists/partial', 'cache/archives/partial', 'download'])
    await mkdir(join(work, name), { recursive: true });
  const sources = join(work, 'sources.list');
  await writeFile(
    sources,
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${url} ${SOURCE.suite} main\n`,
  );
  const options = [
    `-oDir::Etc::sourcelist=${sources}`,
    '-oDir::Etc::sourceparts=/dev/null',
    `-oDir::State::lists=${join(work, 'lists')}`,
    `-oDir::Cache=${join(work, 'cache')}`,
  ];
  await runCommand('apt-get', [...options, 'update', '-qq']);
  const download = join(work, 'download');
  await runCommand('apt-get', [...options, 'download', '-qq', `${SOURCE.name}=${SOURCE.version}`], {
    folder: download,
  });
  return join(download, `${SOURCE.name}_${SOURCE.version}_all.deb`);
}

async function unpackSource(archive: string, work: string): Promise<string> {
  await runCommand('dpkg-deb', ['-x', archive, join(work, 'package')]);
  const source = join(work, 'package', 'usr/src', `${SOURCE.name}.tar.xz`);
  await runCommand('tar', ['--extract', '--file', source, '--directory', work]);
  return join(work, SOURCE.name);
}

async function configure(tree: string): Promise<void> {
  await runCommand('patch', ['-p1', '--input', join(labFolder, OURS, 'machine.patch')], { folder: tree });
  await make(tree, ['defconfig']);
  const merge = ['-m', '.config', join(labFolder, OURS, 'config')];
  await runCommand('scripts/kconfig/merge_config.sh', merge, { folder: tree });
  await make(tree, ['olddefconfig']);
}

/** SHA-256 of a file in hex; undefined when there is none. */
async function hashOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  return hash.digest('hex');
}

/** `bin/linux` and `modules/`. On demand only: no instance of containers needs it. */
export const machineKernel: Part = {
  name: 'machine-kernel',
  version: SOURCE.version,
  needs: [],
  recipe: { SOURCE, COMPILERS },
  sources: [OURS],
  packages: COMPILERS,
  expected: '12 to 30 minutes',
  build: buildKernel,
};
