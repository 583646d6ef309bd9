// Where the parts are kept: outside every work tree, so that clones share them.
import { resolve } from 'node:path';

/** The folder used unless BYO_LAB_CACHE names another. */
export const defaultCache = '/var/cache/byo-lab';

/** The cache of this process, as an absolute path. */
export function cacheFolder(): string {
  return resolve(process.env['BYO_LAB_CACHE'] ?? defaultCache);
}
