// The operations that run in this process.
import type { OperationResult } from '../../api/activities.ts';
import type { Progress } from './progress.ts';
import type { OperationKey } from '../journal/operation-key.ts';

/** One run: everybody who performs its key shares its promise. */
type Running = {
  key: OperationKey;
  isReadOnly: boolean;
  promise: Promise<OperationResult>;
  stop: AbortController;
  progress: Progress;
};

export type RunningOperations = {
  find(key: OperationKey): Running | undefined;
  /** The one that changes the host, if there is one. */
  mutating(): Running | undefined;
  all(): Running[];
  /** Forgets it when it ends, however it ends. */
  add(running: Running): void;
};

export function createRunningOperations(): RunningOperations {
  const operations = new Map<string, Running>();
  return {
    find: (key) => operations.get(nameOf(key)),
    mutating: () => [...operations.values()].find(({ isReadOnly }) => !isReadOnly),
    all: () => [...operations.values()],
    add(running) {
      operations.set(nameOf(running.key), running);
      const forget = (): void => void operations.delete(nameOf(running.key));
      // Whoever performs it hears of a failure; here it only ends.
      running.promise.then(forget, forget);
    },
  };
}

export function isSameOperation(left: OperationKey, right: OperationKey): boolean {
  return nameOf(left) === nameOf(right);
}

function nameOf({ incarnation, generation, operation }: OperationKey): string {
  return JSON.stringify([incarnation, generation, operation]);
}
