// A fresh clone of what is committed here, and the commands of docs/install.md run in it as they stand there.
import { mkdtemp, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../support/repository.ts';

/** Room for clones: images are made in them. */
const WHERE = '/var/tmp';

/** `npm run release` installs the locked dependencies by itself; `like` gives those of another clone, to save the time. */
export async function makeClone(like?: string): Promise<string> {
  const folder = await mkdtemp(join(WHERE, 'byo-install-'));
  await execa('git', ['clone', '--quiet', root, folder]);
  if (like) await shareDependencies(like, folder);
  return folder;
}

/** Links, not copies; and newer than the lockfile, or they count as old. */
async function shareDependencies(from: string, to: string): Promise<void> {
  await execa('cp', ['-al', join(from, 'node_modules'), to]);
  const now = new Date();
  await utimes(join(to, 'node_modules/.package-lock.json'), now, now);
}

/** The commands below a heading of docs/install.md: its first block. */
async function commandsOf(clone: string, heading: string): Promise<string> {
  const page = await readFile(join(clone, 'docs/install.md'), 'utf8');
  const [, rest = ''] = page.split(`## ${heading}\n`);
  const block = /^```\n(?<commands>[^`]*)^```$/m.exec(rest.split(/^## /m)[0] ?? '')?.groups?.['commands'];
  if (block === undefined) throw new Error(`docs/install.md has no commands below "${heading}"`);
  return block;
}

/** Runs them as a person would, in the clone; answers what they said. @throws when one of them fails */
export async function followPage(clone: string, heading: string, env: Record<string, string>): Promise<string> {
  const script = `set -e\n${await commandsOf(clone, heading)}`;
  const { all } = await execa('bash', ['-c', script], { cwd: clone, env, all: true, stdin: 'ignore' });
  return all;
}
