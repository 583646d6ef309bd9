// For tests: everything below a folder that a reset owes back.
import { lstat, readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Path → kind, mode, owner and content of everything below `root`. */
export async function snapshotTree(root: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const path of (await readdir(root, { recursive: true })).toSorted()) {
    const full = join(root, path);
    const stats = await lstat(full);
    const head = `${(stats.mode & 0o7777).toString(8)} ${stats.uid}:${stats.gid}`;
    if (stats.isSymbolicLink()) tree[path] = `link ${stats.uid}:${stats.gid} ${await readlink(full)}`;
    else if (stats.isDirectory()) tree[path] = `folder ${head}`;
    else tree[path] = `file ${head} ${stats.mtimeMs} ${(await readFile(full)).toString('base64')}`;
  }
  return tree;
}
