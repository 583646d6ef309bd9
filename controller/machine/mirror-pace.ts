// How often what the host of a machine does is mirrored into it: the newest, at most once in two seconds. Whatever else is to be
// said waits for nothing, and takes that along.
import { MACHINE_CONDITIONS } from '../../api/conditions.ts';
import type { Condition } from '../../api/meta.ts';
import { STEPS_OF } from '../../api/steps.ts';
import { findCondition } from '../../common/kube/conditions.ts';
import type { StatusChange } from '../runtime/apply-status.ts';

const EVERY_MS = 2000;

export class MirrorPace {
  readonly #writtenMs = new Map<string, number>();

  /** The status of the machine was written. */
  note(id: string): void {
    this.#writtenMs.set(id, performance.now());
  }

  forget(id: string): void {
    this.#writtenMs.delete(id);
  }

  /** Milliseconds for which the change is put off. */
  waitFor(id: string, present: readonly Condition[] | undefined, change: StatusChange): number {
    if (!isMereProgress(present, change)) return 0;
    return Math.max(0, (this.#writtenMs.get(id) ?? -Infinity) + EVERY_MS - performance.now());
  }
}

/** Pure: only the words change that tell what the host does, and how far it has come; nothing has ended. */
export function isMereProgress(present: readonly Condition[] | undefined, change: StatusChange): boolean {
  return !change.isFields && change.conditions.every((now) => isAnotherWord(findCondition(present, now.type), now));
}

const STEPS: readonly string[] = Object.values(STEPS_OF).flat();

function isAnotherWord(before: Condition | undefined, now: Condition): boolean {
  if (!before || before.observedGeneration !== now.observedGeneration) return false;
  const isSame = before.status === now.status && before.reason === now.reason;
  if (now.type === MACHINE_CONDITIONS.progressing) return isSame || now.status === 'True';
  if (now.type !== MACHINE_CONDITIONS.ready) return isSame && before.message === now.message;
  return before.status === now.status && (isSame || STEPS.includes(now.reason));
}
