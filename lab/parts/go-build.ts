// Builds programs out of one of our Go modules, whose go.mod and go.sum pin every source they are made of.
import { mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { labFolder } from './lab-folder.ts';
import { runCommand } from './run-command.ts';

/** How the programs of one module are built. Flags are part of the cache key, and of Go's own build cache. */
export type GoRecipe = {
  /** Folder under lab/go. */
  module: string;
  /** Name of each binary and the package it is built from. */
  binaries: Readonly<Record<string, string>>;
  tags?: readonly string[];
  ldflags: readonly string[];
  /** Needs a C compiler; off unless said. */
  cgo?: boolean;
};

/** `go` with nothing taken from the user's own flags and workspaces, which would build something else. */
export const goEnvironment: Readonly<Record<string, string>> = { GOFLAGS: '-mod=readonly', GOWORK: 'off' };

/** Folder of one of our Go modules. */
export function moduleFolder(module: string): string {
  return join(labFolder, 'go', module);
}

/** Builds all binaries of a recipe into `bin/` of `folder`. */
export async function buildGoModule(recipe: GoRecipe, folder: string): Promise<void> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  for (const group of groupByOutput(recipe.binaries)) {
    await runCommand('go', buildArguments(recipe, bin, Object.values(group)), {
      folder: moduleFolder(recipe.module),
      environment: { ...goEnvironment, CGO_ENABLED: recipe.cgo === true ? '1' : '0' },
    });
    for (const [name, goPackage] of Object.entries(group)) {
      await rename(join(bin, goOutputName(goPackage)), join(bin, name));
    }
  }
}

function buildArguments(recipe: GoRecipe, bin: string, packages: readonly string[]): string[] {
  return [
    'build',
    '-mod=readonly',
    '-buildvcs=false',
    '-trimpath',
    ...(recipe.tags === undefined ? [] : ['-tags', recipe.tags.join(' ')]),
    '-ldflags',
    recipe.ldflags.join(' '),
    '-o',
    `${bin}/`,
    ...packages,
  ];
}

/** What `go build -o folder/` calls the binary of a package: the last word of its path that is not a major version. */
export function goOutputName(goPackage: string): string {
  const last = basename(goPackage);
  return /^v\d+$/.test(last) ? basename(goPackage.slice(0, -last.length - 1)) : last;
}

/** As few `go build` calls as possible: one call links its binaries side by side, but cannot write one name twice. */
export function groupByOutput(binaries: Readonly<Record<string, string>>): Record<string, string>[] {
  const groups: Record<string, string>[] = [];
  for (const [name, goPackage] of Object.entries(binaries)) {
    const output = goOutputName(goPackage);
    const group = groups.find((other) => !Object.values(other).some((taken) => goOutputName(taken) === output));
    if (group === undefined) groups.push({ [name]: goPackage });
    else group[name] = goPackage;
  }
  return groups;
}
