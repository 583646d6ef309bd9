// Tells the management cluster about this host: the report when it changed, the Lease every minute; never in anyone's way.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReportedHost } from '../../api/report/reported-host.ts';
import type { Logger } from '../../common/log.ts';
import { describeError } from '../../common/errors.ts';
import { retryOverLink } from '../link/back-off.ts';
import type { ManagementLink } from '../link/management.ts';
import type { Reachability } from '../link/reachability.ts';
import { decidePause, type Told } from './decide-pause.ts';

/** Milliseconds. Facts are read again at this pace; what `tell` announces is told at once, or a moment later (`decidePause`). */
const FACTS_EVERY = 60_000;
const LEASE_EVERY = 60_000;
const BACK_OFF = { least: 1000, most: 60_000 };

export type ReporterOptions = {
  link: ManagementLink;
  /** Ends the wait after a report that failed. */
  reachability?: Reachability | undefined;
  /** The report as it is now. */
  read(): Promise<ReportedHost>;
  /** Called after each Lease that went through. */
  onLease?: (seen: SeenPoll) => void;
  log: Logger;
  signal: AbortSignal;
};

/** The gateway's view of the poll, and for how long leases have gone through without a failure; in seconds. */
export type SeenPoll = { secondsSincePoll: number | null; linkedSeconds: number };

/** `tell` asks for a report soon; `done` settles when the signal has ended both loops. */
export type Reporter = { tell: () => void; done: Promise<void> };

export function startReporter(options: ReporterOptions): Reporter {
  const bell = createBell(options.signal);
  const written: Written = {};
  const onStanding = (digest: string | null | undefined): void => {
    if (!isPutBack(written.digest, digest)) return;
    options.log.warn('the management cluster has gone back to an older report; it is told again');
    delete written.digest;
    bell.ring();
  };
  const loops = [keepReporting(options, written, bell.wait), keepRenewing(options, onStanding)];
  return { tell: bell.ring, done: Promise.all(loops).then(() => undefined) };
}

/** Digest of the report that was written last; absent when the next one must be written whatever it says. */
type Written = { digest?: string; told?: Told };

/** Writes `report` unless it equals what was written last, or may wait; answers for how many milliseconds it does. */
export async function writeWhenDue(link: ManagementLink, report: ReportedHost, written: Written): Promise<number> {
  const digest = createHash('sha256').update(JSON.stringify(report)).digest('base64url');
  if (digest === written.digest) return 0;
  const pause = written.digest === undefined ? 0 : decidePause(written.told, report, performance.now());
  if (pause > 0) return pause;
  await link.applyReport({ ...report, digest });
  written.digest = digest;
  written.told = { report, atMs: performance.now() };
  return 0;
}

/**
 * Pure: the report that stands is not the one that was written last, so the cluster was restored from an older copy, or
 * somebody took the report away. An older gateway says nothing of it.
 */
export function isPutBack(written: string | undefined, standing: string | null | undefined): boolean {
  return written !== undefined && standing !== undefined && standing !== written;
}

async function keepReporting(options: ReporterOptions, written: Written, wait: Bell['wait']): Promise<void> {
  await untilAborted(options.signal, async () => {
    // Read inside the retry: after a long outage the report of that moment goes out, not the one that failed first.
    const pause = await retry(options, 'report', async () => writeWhenDue(options.link, await options.read(), written));
    await wait(pause > 0 ? pause : FACTS_EVERY);
  });
}

type OnStanding = (digest: string | null | undefined) => void;

async function keepRenewing(options: ReporterOptions, onStanding: OnStanding): Promise<void> {
  let linkedSince: number | undefined;
  const renew = async () => {
    try {
      const { secondsSincePoll, reportDigest } = await options.link.renewLease();
      onStanding(reportDigest);
      linkedSince ??= performance.now();
      options.onLease?.({ secondsSincePoll, linkedSeconds: (performance.now() - linkedSince) / 1000 });
    } catch (error) {
      linkedSince = undefined;
      throw error;
    }
  };
  await untilAborted(options.signal, async () => {
    await retry(options, 'lease', renew);
    // A tenth of jitter keeps a fleet that started together from renewing together.
    await delay(LEASE_EVERY * (0.9 + Math.random() * 0.1), undefined, { signal: options.signal });
  });
}

function retry<Value>(options: ReporterOptions, what: string, attempt: () => Promise<Value>): Promise<Value> {
  const onFailure = (error: unknown, wait: number) =>
    options.log.warn(
      { what, wait, error: describeError(error) },
      'the management cluster cannot be told; trying again',
    );
  const { signal, reachability } = options;
  return retryOverLink(attempt, { ...BACK_OFF, signal, onFailure, reachability });
}

async function untilAborted(signal: AbortSignal, round: () => Promise<void>): Promise<void> {
  try {
    while (!signal.aborted) await round();
  } catch (error) {
    // An abort ends the waiting inside a round by throwing; everything else is a fault of ours.
    if (!signal.aborted) throw error;
  }
}

type Bell = { ring: () => void; wait: (ms: number) => Promise<void> };

/** A ring during the wait, or before it, ends it; else it ends after that many milliseconds, or with the signal. */
function createBell(signal: AbortSignal): Bell {
  let isRung = false;
  let wake: (() => void) | undefined;
  const ring = () => {
    isRung = true;
    wake?.();
  };
  signal.addEventListener('abort', ring, { once: true });
  const wait = async (ms: number) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    wake = resolve;
    if (isRung) resolve();
    await promise;
    clearTimeout(timer);
    isRung = false;
  };
  return { ring, wait };
}
