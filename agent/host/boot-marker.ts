// Tells boots apart: a random file in /run, which a boot empties. Containers keep boot_id across restarts, this they lose.
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, isMissing } from '../../common/system-error.ts';

/** Reads the marker of this boot, making it when it is absent. */
export async function ensureBootMarker(runDir: string): Promise<string> {
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  const path = join(runDir, 'boot');
  const present = await readMarker(path);
  if (present) return present;
  // Linked into place, so that nobody reads a marker that is not written yet, and the first of two wins.
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, randomUUID(), { mode: 0o600, flag: 'wx' });
  try {
    await link(temporary, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  return (await readMarker(path)) ?? ensureBootMarker(runDir);
}

async function readMarker(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
