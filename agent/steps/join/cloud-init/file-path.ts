// Which paths write_files may name. Only the text is judged here; links are the writer's to refuse.
import { posix } from 'node:path';
import { isOffLimits } from '../../../linux/off-limits.ts';
import { BootstrapDocumentError, nameForError } from './errors.ts';
import type { YamlValue } from './yaml-value.ts';

const MAX_PATH_BYTES = 4095;
const MAX_NAME_BYTES = 255;

/** The path as it is, when it may be written; `where` is its place in the document. Refuses with InvalidPath. */
export function checkFilePath(where: string, value: YamlValue | undefined): string {
  const problem = typeof value === 'string' ? findProblem(value) : 'is not a string';
  if (problem === undefined && typeof value === 'string') return value;
  const name = typeof value === 'string' ? ` ${nameForError(value, 256)}` : '';
  throw new BootstrapDocumentError({
    code: 'InvalidPath',
    message: `${where}${name} ${problem}`,
    remedy: 'Name an absolute path without "..", "." or doubled slashes, outside of the agent and the kernel',
  });
}

function findProblem(path: string): string | undefined {
  if (!path.startsWith('/')) return 'is not absolute';
  if (/\p{C}/u.test(path)) return 'holds a control character';
  if (path.split('/').includes('..')) return 'holds ".."';
  if (path.endsWith('/') || posix.normalize(path) !== path || path.startsWith('//')) return 'is not normalised';
  if (isTooLong(path)) return 'is too long';
  return isOffLimits(path) ? 'belongs to the agent or to the kernel' : undefined;
}

function isTooLong(path: string): boolean {
  return Buffer.byteLength(path) > MAX_PATH_BYTES || path.split('/').some((n) => Buffer.byteLength(n) > MAX_NAME_BYTES);
}
