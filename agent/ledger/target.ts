// Where a change really lands, and whether what lies there may be kept.
import { lstat, realpath } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { ByoError, printable } from '../../common/errors.ts';
import { isOffLimits } from '../bootstrap/file-path.ts';
import { isMissing } from '../host/durable-file.ts';

/** Below these nothing is ever copied into the ledger: volatile folders, and keys. */
const SECRET_AREAS = ['/run/', '/dev/shm/', '/etc/kubernetes/pki/'];
/** Emptied by a reboot, so that their old content is no state of the machine. */
const VOLATILE_AREAS = ['/run/', '/dev/shm/'];

/**
 * The path with the links among its folders resolved and its own name left alone: /var/run/x and /run/x are one target,
 * and a folder that becomes a link later does not lead the undo elsewhere. Missing folders stay as they are written.
 * @throws ByoError `StepFailed`, for good, when a link on the way is not root's, or leads into what is the agent's or the
 * kernel's: anybody may put links into /tmp
 */
export async function resolveTarget(root: string, path: string): Promise<string> {
  if (!path.startsWith('/') || path.includes('\0')) throw new TypeError('the ledger takes absolute paths only');
  const clean = normalize(path).replace(/(?<=.)\/$/, '');
  if (clean === '/') return clean;
  await refuseForeignLinks(root, dirname(clean));
  const target = join(await resolveFolder(root, dirname(clean)), basename(clean));
  if (isOffLimits(target)) throw ledAstray(path, 'leads into a folder of the agent or of the kernel');
  return target;
}

/** As the kernel does in sticky folders (`protected_symlinks`), but wherever a local user may write. */
async function refuseForeignLinks(root: string, folder: string): Promise<void> {
  const names = folder.split('/').filter(Boolean);
  for (const [at] of names.entries()) {
    const way = `/${names.slice(0, at + 1).join('/')}`;
    const stats = await lookAt(root + way);
    if (!stats) return;
    const isTrusted = stats.uid === 0 || stats.uid === process.getuid?.();
    if (stats.isSymbolicLink() && !isTrusted) throw ledAstray(way, `is a link of user ${stats.uid}`);
  }
}

function ledAstray(path: string, why: string): ByoError {
  return new ByoError('StepFailed', `${printable(path, 256)} ${why}: nothing is written there`, {
    remedy: 'Find out who made the link, and remove it on the host',
    retryable: false,
  });
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
