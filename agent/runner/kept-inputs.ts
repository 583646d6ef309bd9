// Arguments that may hold secrets, kept on tmpfs while their operation runs: the same boot can resume it, no other can.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing } from '../../common/system-error.ts';
import type { OperationKey } from '../journal/operation-key.ts';

/** Synchronous, so that nothing comes between an order's arguments and the intent that follows them. */
export type KeptInputs = {
  keep(key: OperationKey, input: string): void;
  read(key: OperationKey): string | undefined;
  erase(key: OperationKey): void;
  /** Erases what belongs to none of these: a crash may have come before the erasing. */
  eraseAllBut(keys: readonly OperationKey[]): void;
};

/** @param folder below /run: never on disk */
export function createKeptInputs(folder: string): KeptInputs {
  const pathOf = (key: OperationKey): string => join(folder, nameOf(key));
  return {
    keep(key, input) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${pathOf(key)}.tmp`, input, { mode: 0o600 });
      renameSync(`${pathOf(key)}.tmp`, pathOf(key));
    },
    read: (key) => unlessMissing(() => readFileSync(pathOf(key), 'utf8')),
    erase: (key) => rmSync(pathOf(key), { force: true }),
    eraseAllBut(keys) {
      const kept = new Set(keys.map(nameOf));
      for (const name of unlessMissing(() => readdirSync(folder)) ?? []) {
        if (!kept.has(name)) rmSync(join(folder, name), { force: true });
      }
    },
  };
}

function nameOf({ incarnation, generation, operation }: OperationKey): string {
  return createHash('sha256')
    .update(JSON.stringify([incarnation, generation, operation]))
    .digest('hex');
}

function unlessMissing<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
