// Gives every part its key and folder, in an order in which each part comes after what it needs.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { labFolder } from './lab-folder.ts';
import type { Part } from './part.ts';
import { partFolder, type KeyedPart } from './part-cache.ts';
import { recipeKey } from './recipe-key.ts';

/** The parts asked for and all they need, each after its needs. @throws on a name that is no part, with those that are. */
export function withNeeds(parts: readonly Part[], names: readonly string[]): Part[] {
  const chosen: Part[] = [];
  const add = (name: string): void => {
    const part = parts.find((candidate) => candidate.name === name);
    if (part === undefined) throw new Error(`no part is called ${name}: use ${parts.map((p) => p.name).join(', ')}`);
    if (chosen.includes(part)) return;
    part.needs.forEach(add);
    chosen.push(part);
  };
  names.forEach(add);
  return chosen;
}

/** Keys of parts in the order `withNeeds` gives: a part's key holds the keys of what it needs. */
export async function keyParts(cache: string, parts: readonly Part[]): Promise<KeyedPart[]> {
  const keyed: KeyedPart[] = [];
  for (const part of parts) {
    const needs = keyed.filter((other) => part.needs.includes(other.part.name));
    const key = await keyOf(
      part,
      needs.map((need) => need.key),
    );
    keyed.push({ part, key, folder: partFolder(cache, part.name, key), need: (name) => folderOf(part, needs, name) });
  }
  return keyed;
}

function folderOf(part: Part, needs: readonly KeyedPart[], name: string): string {
  const need = needs.find((candidate) => candidate.part.name === name);
  if (need === undefined) throw new Error(`${part.name} uses ${name} without naming it in its needs`);
  return need.folder;
}

async function keyOf(part: Part, needs: readonly string[]): Promise<string> {
  const { name, version, recipe } = part;
  const sources = (await Promise.all(part.sources.map(readSources))).flat();
  return recipeKey({ name, version, recipe, needs, sources, architecture: process.arch });
}

/** The content of a file, or of all files of a folder, in a fixed order; paths are relative to `lab/`. */
async function readSources(path: string): Promise<{ path: string; content: string }[]> {
  const absolute = join(labFolder, path);
  if (!(await stat(absolute)).isDirectory()) return [{ path, content: await readFile(absolute, 'utf8') }];
  const names = (await readdir(absolute)).toSorted();
  return (await Promise.all(names.map((name) => readSources(join(path, name))))).flat();
}
