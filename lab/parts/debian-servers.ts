// Servers that people keep bundles on, out of Debian's packages and not installed: nginx and Docker's registry.
import { rename, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackPackages } from './debian.ts';
import type { BuildContext, Part } from './part.ts';
import { debianRelease } from './versions.ts';

const packages = ['docker-registry', 'nginx'];

/** Binary to its place in the packages. */
const places: Readonly<Record<string, string>> = {
  'docker-registry': 'usr/bin/docker-registry',
  nginx: 'usr/sbin/nginx',
};

/** The binaries of this part, each with the part's name. */
export const debianServerBinaries: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(places).map((binary) => [binary, 'debian-servers']),
);

async function buildDebianServers({ folder }: BuildContext): Promise<void> {
  const unpacked = join(folder, 'unpacked');
  await unpackPackages(packages, unpacked, join(folder, 'packages'));
  await mkdir(join(folder, 'bin'));
  for (const [binary, place] of Object.entries(places))
    await rename(join(unpacked, place), join(folder, 'bin', binary));
  for (const name of ['unpacked', 'packages']) await rm(join(folder, name), { recursive: true });
}

/** `docker-registry` and `nginx`, for tests of bundles; no instance of the lab runs them. */
export const debianServers: Part = {
  name: 'debian-servers',
  version: debianRelease,
  needs: [],
  recipe: { packages, places },
  sources: [],
  expected: 'about 5 seconds',
  build: buildDebianServers,
};
