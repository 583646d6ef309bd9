// Where a change really lands, and whether what lies there may be kept.
import { lstat, realpath } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { isMissing } from '../host/durable-file.ts';

/** Below these nothing is ever copied into the ledger: volatile folders, and keys. */
const SECRET_AREAS = ['/run/', '/dev/shm/', '/etc/kubernetes/pki/'];
/** Emptied by a reboot, so that their old content is no state of the machine. */
const VOLATILE_AREAS = ['/run/', '/dev/shm/'];

/**
 * The path with the links among its folders resolved and its own name left alone: /var/run/x and /run/x are one target,
 * and a folder that becomes a link later does not lead the undo elsewhere. Missing folders stay as they are written.
 */
export async function resolveTarget(root: string, path: string): Promise<string> {
  if (!path.startsWith('/') || path.includes('\0')) throw new TypeError('the ledger takes absolute paths only');
  const clean = normalize(path).replace(/(?<=.)\/$/, '');
  if (clean === '/') return clean;
  return join(await resolveFolder(root, dirname(clean)), basename(clean));
}

async function resolveFolder(root: string, folder: string): Promise<string> {
  try {
    const real = await realpath(root + folder);
    const base = root === '' ? '' : await realpath(root);
    return real.slice(base.length) || '/';
  } catch (error) {
    if (!isMissing(error) || folder === '/') throw error;
    return join(await resolveFolder(root, dirname(folder)), basename(folder));
  }
}

export function isSecretPath(path: string): boolean {
  return SECRET_AREAS.some((area) => path.startsWith(area));
}

export function isVolatilePath(path: string): boolean {
  return VOLATILE_AREAS.some((area) => path.startsWith(area));
}

/** Without following links; undefined when absent. */
export async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
