// The version of this agent: the file VERSION of its package, or what stands here when it runs from a checkout.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** `<package version>-<content hash>`; `development` in a checkout. */
export async function readAgentVersion(): Promise<string> {
  const folder = dirname(process.argv[1] ?? '.');
  const text = await readFile(join(folder, '..', 'VERSION'), 'utf8').catch(() => 'development');
  return text.trim().slice(0, 64);
}
