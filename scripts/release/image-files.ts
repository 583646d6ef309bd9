// What is in an image: of Debian only what the programs open, our Node, and the program. No shell, no package manager.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from '../../common/platform.ts';
import type { LayerEntry } from '../../packaging/image/layer.ts';
import { nativeModuleOf } from '../../packaging/package-contents.ts';
import type { DebianPackage } from './debian-packages.ts';

/** The glibc with its way to names, and what C++ needs; ca-certificates for a Temporal behind a public CA. */
export const DEBIAN_PACKAGES = ['base-files', 'ca-certificates', 'gcc-12-base', 'libc6', 'libgcc-s1', 'libstdc++6'];

/** Nobody on the machine: the user of every image. */
export const USER = '65532:65532';

const LIBRARY = /^(ld-linux.*|lib(c|m|dl|pthread|rt|resolv|nss_dns|nss_files|gcc_s|stdc\+\+)\.so[.\d]*)$/;
const KEPT = [/^(usr\/)?lib(64)?\//, /^usr\/share\/doc\/[^/]+(\/copyright)?$/, /^(etc|usr\/lib)\/os-release$/];

const isKept = (path: string, name: string): boolean => {
  const [libraries, ...rest] = KEPT;
  return (libraries?.test(path) && LIBRARY.test(name)) || rest.some((pattern) => pattern.test(path));
};

/** The layer that all images begin with. */
export async function listBase(packages: readonly DebianPackage[]): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [
    { path: 'etc/passwd', text: `root:x:0:0:root:/:/none\nbyo:x:${USER}::/:/none\n` },
    { path: 'etc/group', text: 'root:x:0:\nbyo:x:65532:\n' },
    { path: 'etc/nsswitch.conf', text: 'hosts: files dns\n' },
    { path: 'etc/ssl/certs/ca-certificates.crt', text: await readAuthorities(packages) },
    { path: 'tmp', mode: 0o1777 },
  ];
  for (const { name, control, folder } of packages) {
    // Where scanners look for packages in images without dpkg.
    entries.push({ path: `var/lib/dpkg/status.d/${name}`, text: control });
    entries.push(...(await listKept(folder)));
  }
  return entries;
}

async function listKept(folder: string): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const from = join(entry.parentPath, entry.name);
    const path = from.slice(folder.length + 1);
    if (entry.isDirectory() || !isKept(path, entry.name)) continue;
    if (entry.isSymbolicLink()) entries.push({ path, link: await readlink(from) });
    else entries.push({ path, from, mode: LIBRARY.test(entry.name) ? 0o755 : 0o644 });
  }
  return entries;
}

/** All that Debian trusts, in one file, as update-ca-certificates(8) makes it. */
async function readAuthorities(packages: readonly DebianPackage[]): Promise<string> {
  const own = packages.find(({ name }) => name === 'ca-certificates');
  if (!own) throw new Error('ca-certificates is not among the packages of an image');
  const folder = join(own.folder, 'usr/share/ca-certificates/mozilla');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.crt')).toSorted();
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
}

/** The program below /app, with the native module of that processor where the program has one at all. */
export async function listProgram(root: string, folder: string, architecture: Architecture): Promise<LayerEntry[]> {
  const names = await readdir(folder);
  const files = names.filter((name) => name !== 'releases' && name !== 'libraries.json');
  const entries: LayerEntry[] = files.map((name) => ({ path: `app/${name}`, from: join(folder, name) }));
  if (names.includes('releases')) {
    const native = nativeModuleOf(architecture);
    const from = join(root, 'node_modules/@temporalio/core-bridge', native);
    entries.push({ path: `app/${native}`, from, mode: 0o755 });
  }
  return entries;
}
