// Which libraries are in a program: found by the files that went into it, not by what happened to be installed.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** A library as the lockfile has it. */
export const Library = z.object({ name: z.string(), version: z.string(), license: z.string() });
export type Library = z.infer<typeof Library>;

const Lockfile = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), license: z.string().optional() })),
});
type Lockfile = z.infer<typeof Lockfile>;

/** The libraries that those files (paths from the root of the checkout) belong to. @throws Error for one that is not locked */
export async function findLibraries(root: string, files: readonly string[]): Promise<Library[]> {
  return librariesOf(Lockfile.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'))), files);
}

/**
 * A path may have several `node_modules`: the last is the library's own place, which the lockfile names from the first on. That
 * may lie outside of the checkout, where the folder is a link.
 */
const PLACE = /^(?:.*?\/)?(?<place>node_modules\/(?:.*\/node_modules\/)?(?<name>(?:@[^/]+\/)?[^/]+))\//;

function librariesOf({ packages }: Lockfile, files: readonly string[]): Library[] {
  const found = new Map<string, Library>();
  for (const file of files) {
    const { place = '', name } = PLACE.exec(file)?.groups ?? {};
    if (name === undefined || found.has(place)) continue;
    const { version, license = 'NOASSERTION' } = packages[place] ?? {};
    if (version === undefined) throw new Error(`${place} is in a program and not in package-lock.json`);
    found.set(place, { name, version, license });
  }
  const keyOf = ({ name, version }: Library): string => `${name}@${version}`;
  const alike = new Map([...found.values()].map((library) => [keyOf(library), library]));
  return [...alike.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
