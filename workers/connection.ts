// The way to Temporal: the SDK gives up its first connect at once, so the loop around it is ours.
import { setTimeout as pause } from 'node:timers/promises';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { describeError } from '../common/errors.ts';
import type { Logger } from '../common/log.ts';

export type ConnectOptions = NativeConnectionOptions & { log: Logger; signal?: AbortSignal };

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** The pause before try `attempt` (0 is the first retry): full jitter, so that a fleet does not return as one. */
export function decidePause(attempt: number, random: number): number {
  return Math.round(random * Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempt, 16), LONGEST_PAUSE_MS));
}

/** Connects to Temporal, for as long as it takes. Rejects only when `signal` is aborted. */
export async function connectTemporal({ log, signal, ...options }: ConnectOptions): Promise<NativeConnection> {
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await NativeConnection.connect(options);
    } catch (error) {
      const inMs = decidePause(attempt, Math.random());
      log.warn(
        { address: options.address, inMs, cause: describeError(error) },
        'Temporal does not answer; trying again',
      );
      await pause(inMs, undefined, signal ? { signal } : undefined);
    }
  }
}
