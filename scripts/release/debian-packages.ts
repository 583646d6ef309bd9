// Debian's libraries for an image: packages fetched by this machine's apt, whose signatures it has checked, and unpacked.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ARCHITECTURE, type Architecture } from '../../common/platform.ts';
import { runChecked } from '../../lab/spawn.ts';
import { environment } from './foreign-parts.ts';

/** A package that is unpacked in `folder`; `control` is what it says of itself. */
export type DebianPackage = { name: string; version: string; control: string; folder: string };

/** Fetches and unpacks packages below `work`, in the order of their names. */
export async function fetchDebianPackages(
  names: readonly string[],
  architecture: Architecture,
  work: string,
): Promise<DebianPackage[]> {
  const downloads = join(work, `debs-${architecture}`);
  await mkdir(downloads, { recursive: true });
  const options = architecture === ARCHITECTURE ? [] : await foreignOptions(architecture, work);
  await runChecked(['apt-get', ...options, 'download', '-qq', ...names], { cwd: downloads, env: environment() });
  const unpacked: DebianPackage[] = [];
  for (const file of (await readdir(downloads)).toSorted()) unpacked.push(await unpack(join(downloads, file), work));
  return unpacked;
}

async function unpack(file: string, work: string): Promise<DebianPackage> {
  const read = (...fields: string[]) => runChecked(['dpkg-deb', '--field', file, ...fields]);
  const [name, version, architecture] = [await read('Package'), await read('Version'), await read('Architecture')];
  const folder = join(work, `${name}_${version}_${architecture}`);
  await runChecked(['dpkg-deb', '--extract', file, folder]);
  return { name, version, control: `${await read()}\n`, folder };
}

/** For another processor: lists of packages of our own, so that nothing of this machine's apt is changed. */
async function foreignOptions(architecture: Architecture, work: string): Promise<string[]> {
  const state = join(work, `apt-${architecture}`);
  for (const folder of ['lists/partial', 'cache/archives/partial'])
    await mkdir(join(state, folder), { recursive: true });
  const settings = {
    'APT::Architecture': architecture,
    'APT::Architectures::': architecture,
    'Dir::State::Lists': join(state, 'lists'),
    'Dir::State::Status': '/dev/null',
    'Dir::Cache': join(state, 'cache'),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await runChecked(['apt-get', ...options, 'update', '-qq'], { env: environment() });
  return options;
}
