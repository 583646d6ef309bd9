// Names of the transient units of an operation.
import type { OperationKey } from '../journal/operation-key.ts';

/**
 * One name for each part, operation, attempt and claim, never reused: a unit of an earlier claim or attempt can never be
 * taken for this one's.
 */
export function unitNameOf(key: OperationKey, part: string): string {
  const operation = key.operation.replaceAll(/[^A-Za-z0-9.]/g, '-');
  return `byo-${part}-${operation}-${key.generation}-${key.incarnation}`;
}
