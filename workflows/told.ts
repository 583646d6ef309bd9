// What a run has said of its machine, so that the same is not said twice.
import type { ConditionUpdate } from '../api/conditions.ts';

/** Conditions by type, as the run last wrote them. */
export class Told {
  readonly #conditions = new Map<string, ConditionUpdate>();

  /** Those that say something else than what was told. */
  newsOf(conditions: ConditionUpdate[]): ConditionUpdate[] {
    return conditions.filter((update) => !isSame(update, this.#conditions.get(update.type)));
  }

  note(...conditions: ConditionUpdate[]): void {
    for (const update of conditions) this.#conditions.set(update.type, update);
  }

  of(type: string): ConditionUpdate | undefined {
    return this.#conditions.get(type);
  }

  /** It may be lost: everything is said once more. */
  forget(): void {
    this.#conditions.clear();
  }
}

function isSame(one: ConditionUpdate, other: ConditionUpdate | undefined): boolean {
  return one.status === other?.status && one.reason === other.reason && one.message === other.message;
}
