// Waiting between tries: full jitter, so that a fleet that lost its server together does not come back together.
import { decideBackoff } from '../../common/backoff.ts';
import { rest } from '../../common/pause.ts';
import { tryForever } from '../../common/retry-forever.ts';
import type { Reachability } from './reachability.ts';
import { CERTIFICATE_REFUSED, GatewayRefusal } from './refusal.ts';

/** Milliseconds. */
export type BackOff = { least: number; most: number };

/** A random time up to `least` doubled for every failed try, at most `most`; `random` in [0, 1). Pure but for its default. */
export function decideDelay({ least, most }: BackOff, failures: number, random = Math.random()): number {
  return decideBackoff({ first: least, longest: most }, failures + 1, random);
}

/**
 * The wait after an error: as `decideDelay`, but never before the time that the gateway named (then spread over `least`
 * more), and after a plain no (revoked, unknown) the upper half of the longest: asking sooner helps nobody.
 */
export function decideWait(bounds: BackOff, failures: number, error: unknown, random = Math.random()): number {
  const drawn = decideDelay(bounds, failures, random);
  if (!(error instanceof GatewayRefusal)) return drawn;
  if (!error.retryable) return Math.round((bounds.most * (1 + random)) / 2);
  if (error.retryAfterSeconds === 0) return drawn;
  return Math.max(drawn, Math.round(error.retryAfterSeconds * 1000 + bounds.least * random));
}

export type RetryOptions = BackOff & {
  signal: AbortSignal;
  onFailure(error: unknown, waitMilliseconds: number): void;
  /**
   * Ends a wait early once the gateway can be reached again; whom the gateway itself sent away waits on, unless it was for a
   * certificate, and there is another.
   */
  reachability?: Reachability | undefined;
};

/** Tries for ever until it succeeds or the signal aborts (then throws its reason). */
export function retryOverLink<Value>(attempt: () => Promise<Value>, options: RetryOptions): Promise<Value> {
  const { signal, reachability } = options;
  let renewals: number | undefined;
  return tryForever(
    () => {
      renewals = reachability?.renewals;
      return attempt();
    },
    {
      signal,
      onFailure: (error, wait) => options.onFailure(error, wait),
      decidePause: (failures, error) => decideWait(options, failures - 1, error),
      wait: async (wait, _, error) => {
        // With a connection from before the renewal it may be refused after it, when nobody wakes it any more.
        if (isForCertificate(error) && reachability?.renewals !== renewals) return;
        await pause(options, wait, error);
      },
    },
  );
}

async function pause({ signal, reachability }: RetryOptions, wait: number, error: unknown): Promise<void> {
  const mayBeWoken = isForCertificate(error) || !(error instanceof GatewayRefusal);
  return reachability && mayBeWoken ? reachability.wait(wait, signal) : rest(wait, signal);
}

const isForCertificate = (error: unknown): boolean =>
  error instanceof GatewayRefusal && error.status === CERTIFICATE_REFUSED;
