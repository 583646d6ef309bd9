// The way to Temporal: the SDK gives up its first connect at once, so the loop around it is ours.
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import type { BackoffBounds } from '../common/backoff.ts';
import type { Logger } from '../common/log.ts';
import { retryForever, type RetryForeverOptions } from '../common/retry-forever.ts';

export type ConnectOptions = NativeConnectionOptions &
  Pick<RetryForeverOptions, 'wait'> & { log: Logger; signal?: AbortSignal };

/** Pauses between tries to reach Temporal, and between workers that ended: a fleet does not return as one. */
export const TEMPORAL_BACKOFF: BackoffBounds = { first: 1000, longest: 60_000 };

/** Connects to Temporal, for as long as it takes. Rejects only when `signal` is aborted. */
export async function connectTemporal({ log, signal, wait, ...options }: ConnectOptions): Promise<NativeConnection> {
  const what = `Temporal at ${options.address ?? 'its usual address'}`;
  return retryForever(() => NativeConnection.connect(options), { log, what, signal, wait, bounds: TEMPORAL_BACKOFF });
}
