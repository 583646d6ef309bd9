// The image of a bring-your-own host: a whole Debian with systemd as its first process, for podman to run.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildContext, Part } from './part.ts';
import { ensurePodmanConfiguration, podmanEnvironment } from './podman.ts';
import { runCommand } from './run-command.ts';
import { versions } from './versions.ts';

const change = 'CMD ["/lib/systemd/systemd"]';

/** Reads the podman reference of the image out of its part's folder. */
export async function readHostImage(folder: string): Promise<string> {
  return await readFile(join(folder, 'reference'), 'utf8');
}

async function buildHostImage({ folder, cache, key, need }: BuildContext): Promise<void> {
  await ensurePodmanConfiguration(cache);
  const reference = `localhost/byo-lab/host:${key}`;
  const archive = join(need('root-file-system'), 'root.tar');
  await runCommand('podman', ['import', '--quiet', '--change', change, archive, reference], {
    environment: podmanEnvironment(cache),
  });
  await writeFile(join(folder, 'reference'), reference);
}

/** Podman's store is not the part's folder: somebody may have removed the image there. */
async function isImported(folder: string, cache: string): Promise<boolean> {
  await ensurePodmanConfiguration(cache);
  const environment = podmanEnvironment(cache);
  const format = ['images', '--quiet', '--filter', `reference=${await readHostImage(folder)}`];
  return (await runCommand('podman', format, { environment })).trim() !== '';
}

/** The image `readHostImage` names, in the lab's own podman store. */
export const hostImage: Part = {
  name: 'host-image',
  version: versions['root-file-system'],
  needs: ['root-file-system'],
  recipe: { change },
  sources: [],
  expected: 'about 15 seconds',
  build: buildHostImage,
  isWhole: isImported,
};
