// Where a change really lands, and whether what lies there may be kept.
import { lstat, readlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { ByoError, printable } from '../../common/errors.ts';
import { isOffLimits } from '../linux/off-limits.ts';
import { isMissing } from '../../common/system-error.ts';

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
  const target = join(await resolvePath(root, dirname(clean)), basename(clean));
  if (isOffLimits(target)) throw ledAstray(path, 'leads into a folder of the agent or of the kernel');
  return target;
}

/** As many as the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40;

/**
 * Where a path leads: every link on the way and at its end is followed, those that a link leads to as well, as long as
 * they are root's: a local user's may lead anywhere (as `protected_symlinks` has it, but wherever he may write). What is
 * missing stays as it is written. `root` is the prefix of tests; links stay inside of it.
 * @throws ByoError `StepFailed`, for good, for a link of somebody else
 */
export async function resolvePath(root: string, path: string): Promise<string> {
  let reached = '';
  let rest = namesOf(path);
  for (let links = 0; rest.length > 0;) {
    const [name = '', ...others] = rest;
    rest = others;
    const way = join('/', reached, name);
    const stats = await lookAt(root + way);
    if (!stats) return join(way, ...rest);
    if (!stats.isSymbolicLink()) {
      reached = way;
      continue;
    }
    links += 1;
    refuseLink(way, stats, links);
    const target = await readlink(root + way);
    if (target.startsWith('/')) reached = '';
    rest = [...namesOf(target), ...rest];
  }
  return reached || '/';
}

const namesOf = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');

function refuseLink(way: string, { uid }: Stats, links: number): void {
  if (links > MOST_LINKS) throw ledAstray(way, 'is one of too many links');
  if (uid !== 0 && uid !== process.getuid?.()) throw ledAstray(way, `is a link of user ${uid}`);
}

function ledAstray(path: string, why: string): ByoError {
  return new ByoError('StepFailed', `${printable(path, 256)} ${why}: nothing is written there`, {
    remedy: 'Find out who made the link, and remove it on the host',
    retryable: false,
  });
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
