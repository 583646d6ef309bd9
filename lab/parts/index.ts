// The real parts the lab is made of: built once, cached, and handed out by name. Others import this module only.
import { join } from 'node:path';
import { componentFile, components, type Provider } from './component-manifests.ts';
import { imageArchive, imagePartName, imageParts, imageRecipes } from './container-images.ts';
import { ensureDebianPackages } from './debian.ts';
import { debianServerBinaries, debianServers } from './debian-servers.ts';
import { cacheFolder } from './default-cache.ts';
import { goBinaries, goParts } from './go-parts.ts';
import { hostImage, readHostImage } from './host-image.ts';
import { keyParts, withNeeds } from './keyed-parts.ts';
import { diskImage, imagePart, machineImages } from './machine-image.ts';
import { kernelProgram, machineKernel } from './machine-kernel.ts';
import type { MachineSystem } from './machine-systems.ts';
import type { OnProgress, Part } from './part.ts';
import { ensurePart, type KeyedPart } from './part-cache.ts';
import { ensurePodmanConfiguration, podmanEnvironment } from './podman.ts';
import { readyLine } from './progress.ts';
import { rootFileSystem } from './root-file-system.ts';
import { temporal } from './temporal.ts';
import { versions } from './versions.ts';

export { checkMachine } from './check-machine.ts';
export { podmanEnvironment } from './podman.ts';
export { cacheFolder } from './default-cache.ts';
export { imagePart } from './machine-image.ts';
export { machineSystems, usualSystem, type MachineSystem } from './machine-systems.ts';

/** Parts that are there. Asking for one that was not in `only` throws and says what to add. */
export type Parts = {
  /** The cache's folder. */
  cache: string;
  /** Part name to version, without a leading v. */
  versions: Readonly<Record<string, string>>;
  /** Absolute path of a binary: `kubectl`, `etcd`, `temporal`, `capi-core-manager`, `bridge`, `nginx`, … */
  binary(name: string): string;
  /** Path of a Cluster API provider's manifests as upstream renders them, variables left in place. */
  components(provider: Provider): string;
  /** Container images as OCI archives, for a bundle. Only those asked for. */
  images: readonly { reference: string; archive: string }[];
  /** Podman's reference of the image of a bring-your-own host; empty when it was not asked for. */
  hostImage: string;
  /** The kernel of hosts that are machines, a program; empty when it was not asked for. */
  machineKernel: string;
  /** The disk image of an operating system for such a host; it is copied, never written. */
  machineDisk(system: MachineSystem): string;
  /** Environment for each call of podman and buildah. */
  podmanEnvironment: Record<string, string>;
};

/** What instances of the lab are made of. */
const usualParts: readonly Part[] = [...goParts, temporal, rootFileSystem, components, hostImage, ...imageParts];

/** Every part: those that only some test asks for by name too. */
const allParts: readonly Part[] = [...usualParts, debianServers, machineKernel, ...machineImages];

/** `images` stands for all images. */
const groups: Readonly<Record<string, readonly string[]>> = { images: imageParts.map((part) => part.name) };

/** Names that `only` takes. */
export const partNames: readonly string[] = [...allParts.map((part) => part.name), ...Object.keys(groups)];

const binaries: Readonly<Record<string, string>> = { ...goBinaries, ...debianServerBinaries, temporal: 'temporal' };

/**
 * Makes sure the parts asked for (all of an instance's, unless `only` names some) are in the cache, building what is missing one
 * at a time. Installs missing Debian packages. Safe to call from several processes at once.
 * @throws Error naming the part that could not be built; its cause holds the program's own words.
 */
export async function ensureParts(options: { only?: string[]; onProgress: OnProgress }): Promise<Parts> {
  const started = performance.now();
  const cache = cacheFolder();
  const names = (options.only ?? usualParts.map((part) => part.name)).flatMap((name) => groups[name] ?? [name]);
  const keyed = await keyParts(cache, withNeeds(allParts, names));
  const packages = keyed.flatMap(({ part }) => part.packages ?? []);
  await ensureDebianPackages(options.onProgress, packages);
  await ensurePodmanConfiguration(cache);
  let built = 0;
  for (const part of keyed) if (await ensurePart(cache, part, options.onProgress)) built += 1;
  options.onProgress(readyLine({ count: keyed.length, built, cache, milliseconds: performance.now() - started }));
  return await handOut(cache, keyed);
}

async function handOut(cache: string, keyed: readonly KeyedPart[]): Promise<Parts> {
  const folders = new Map(keyed.map(({ part, folder }) => [part.name, folder]));
  const host = folders.get(hostImage.name);
  const kernel = folders.get(machineKernel.name);
  return {
    cache,
    versions,
    binary: (name) => join(folderOf(folders, partOfBinary(name)), 'bin', name),
    components: (provider) => componentFile(folderOf(folders, components.name), provider),
    images: imageRecipes.flatMap(({ name, reference }) => {
      const folder = folders.get(imagePartName(name));
      return folder === undefined ? [] : [{ reference, archive: imageArchive(folder) }];
    }),
    hostImage: host === undefined ? '' : await readHostImage(host),
    machineKernel: kernel === undefined ? '' : kernelProgram(kernel),
    machineDisk: (system) => diskImage(folderOf(folders, imagePart(system))),
    podmanEnvironment: podmanEnvironment(cache),
  };
}

function partOfBinary(name: string): string {
  const part = binaries[name];
  if (part === undefined) throw new Error(`no binary is called ${name}: use ${Object.keys(binaries).join(', ')}`);
  return part;
}

function folderOf(folders: ReadonlyMap<string, string>, name: string): string {
  const folder = folders.get(name);
  if (folder === undefined) throw new Error(`the part ${name} was not asked for: add it to \`only\``);
  return folder;
}
