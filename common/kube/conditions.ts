// Conditions as one writer applies them: its own types only, transition times kept while the status stays.
import type { ConditionUpdate } from '../../api/conditions.ts';
import type { Condition } from '../../api/meta.ts';
import { printable } from '../errors.ts';

/** The API server's bound of `message`; ours is far below, so that an object stays small. */
const MAX_MESSAGE = 4096;

/**
 * The conditions of one writer after `updates`: of `present` those whose type is in `own`, changed where an update says
 * so. `lastTransitionTime` is kept while the status is unchanged, else it is `now` (whole seconds, as Kubernetes writes).
 */
export function mergeConditions(
  present: readonly Condition[],
  updates: readonly ConditionUpdate[],
  by: { own: readonly string[]; now: Date; generation?: number | undefined },
): Condition[] {
  const merged = new Map(present.filter(({ type }) => by.own.includes(type)).map((one) => [one.type, one]));
  for (const update of updates) {
    const before = merged.get(update.type);
    merged.set(update.type, {
      ...update,
      // Much of it is the word of a host, a user or a library: one line, whoever wrote it.
      message: printable(update.message, MAX_MESSAGE),
      lastTransitionTime: before?.status === update.status ? before.lastTransitionTime : toSeconds(by.now),
      ...(by.generation === undefined ? {} : { observedGeneration: by.generation }),
    });
  }
  return [...merged.values()].toSorted((a, b) => (a.type < b.type ? -1 : 1));
}

/** True when applying `after` would change nothing of what its writer owns. */
export function isSameConditions(present: readonly Condition[], after: readonly Condition[]): boolean {
  const before = new Map(present.map((one) => [one.type, one]));
  return after.every((one) => {
    const old = before.get(one.type);
    if (!old) return false;
    const generation = one.observedGeneration === undefined || one.observedGeneration === old.observedGeneration;
    return generation && old.status === one.status && old.reason === one.reason && old.message === one.message;
  });
}

/** The condition of that type, if it was ever written. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((one) => one.type === type);
}

/** True only when the condition is there and says True. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True';
}

function toSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
