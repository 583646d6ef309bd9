// A name for the content of source folders: what was made of the same content need not be made again.
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * 16 hex digits over every source file below `folders` (tests left out), the locked dependencies, and whatever `more` goes
 * into what is made.
 */
export async function hashSources(root: string, folders: string[], more: string[] = []): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(more));
  for (const file of ['package-lock.json', ...(await listSources(root, folders))]) {
    hash.update(`${file}\0${await readFile(join(root, file), 'utf8')}\0`);
  }
  return hash.digest('hex').slice(0, 16);
}

async function listSources(root: string, folders: string[]): Promise<string[]> {
  const listings = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(join(root, folder), { recursive: true });
      return names.map((name) => `${folder}/${name}`);
    }),
  );
  return listings
    .flat()
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .toSorted();
}
