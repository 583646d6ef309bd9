// Everything that an installation on somebody's own cluster is made of, in one folder: the same checkout gives the same bytes.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from '../../common/platform.ts';
import { buildAgentPackage } from '../../packaging/build-agent-package.ts';
import { hashFile } from '../../packaging/package-contents.ts';
import { buildDebianAgent } from './debian-agent.ts';
import { buildImages } from './images.ts';
import { renderManifests } from './manifests.ts';

/** `version` as a tag (`v0.1.0`); `registry`: where images are pulled from, without a slash at its end. */
export type ReleaseOptions = {
  root: string;
  version: string;
  output: string;
  registry: string;
  architectures: readonly Architecture[];
  say: (line: string) => void;
};

/** Makes the release. @throws Error for a folder that holds something already */
export async function makeRelease(options: ReleaseOptions): Promise<void> {
  const { root, version, output, registry, architectures, say } = options;
  await mkdir(output, { recursive: true });
  if ((await readdir(output)).length > 0) throw new Error(`${output} is not empty: name another folder, or empty it`);
  for (const [name, text] of await renderManifests(root, { version, registry }))
    await writeFile(join(output, name), text);
  // Not below /tmp, which may be too small for unpacked images.
  const work = await mkdtemp(join(output, '.work-'));
  try {
    await buildImages({ root, output, work, version, registry, architectures, say });
    for (const architecture of architectures) {
      say(await buildAgentPackage({ root, architecture, output }));
      say(await buildDebianAgent({ root, output, work, version, architecture }));
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  await writeChecksums(output);
}

/** For `sha256sum -c checksums.txt` in the folder. */
async function writeChecksums(output: string): Promise<void> {
  const entries = await readdir(output, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const lines: string[] = [];
  for (const file of files.toSorted()) lines.push(`${await hashFile(file)}  ${file.slice(output.length + 1)}\n`);
  await writeFile(join(output, 'checksums.txt'), lines.join(''));
}
