// Another commit of this project, checked out beside it: its kinds, rights and programs are what ours are compared with.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import type { ProgramSource } from '../../harness/provider.ts';

const root = dirname(dirname(import.meta.dirname));

export type Checkout = { commit: string; source: ProgramSource; remove: () => Promise<void> };

/** Checks `commit` out and installs what it depends on. @throws when this is no clone, or the commit is not in it */
export async function checkOut(commit: string): Promise<Checkout> {
  const { stdout: hash } = await execa('git', ['rev-parse', '--short', `${commit}^{commit}`], { cwd: root });
  const folder = await mkdtemp(join(tmpdir(), 'byo-against-'));
  await execa('git', ['worktree', 'add', '--detach', folder, hash], { cwd: root });
  await execa('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
  const remove = async () => {
    await execa('git', ['worktree', 'remove', '--force', folder], { cwd: root });
    await rm(folder, { recursive: true, force: true });
  };
  return { commit: hash, source: await sourceIn(folder), remove };
}

/** As the commit itself starts its programs: bundled once it can, before that from their sources. */
async function sourceIn(folder: string): Promise<ProgramSource> {
  const options = await readFile(join(folder, 'controller/options.ts'), 'utf8');
  const node = join(folder, 'node_modules/.bin/node');
  const builder = join(folder, 'scripts/build-program.ts');
  return {
    root: folder,
    enrollmentOption: options.includes('--enrollment-listen') ? '--enrollment-listen' : '--enrolment-listen',
    argumentsOf: async (program) => {
      if (!existsSync(builder)) return [join(folder, program, 'main.ts')];
      const { stdout } = await execa(node, [builder, program], { cwd: folder });
      return z.array(z.string()).parse(JSON.parse(stdout));
    },
  };
}
