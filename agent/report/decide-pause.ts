// When a report may wait: whoever watches a machine wants each step that lasts, and an API server has a fleet of them to write.
import { isDeepStrictEqual } from 'node:util';
import type { ReportedHost } from '../../api/report/reported-host.ts';

/** Milliseconds between two reports of which the later tells nothing new but how far an operation has come. */
const PROGRESS_EVERY = 2000;

/** What was told last, and when (milliseconds of `performance.now()`). */
export type Told = { report: ReportedHost; atMs: number };

/** Pure: milliseconds for which `next` is put off. How an operation ended, and all that is no progress, waits for nothing. */
export function decidePause(last: Told | undefined, next: ReportedHost, nowMs: number): number {
  if (!last || !isMereProgress(last.report, next)) return 0;
  return Math.max(0, PROGRESS_EVERY - (nowMs - last.atMs));
}

function isMereProgress(before: ReportedHost, now: ReportedHost): boolean {
  const { operation } = now;
  return operation?.state === 'Running' && isDeepStrictEqual({ ...before, operation }, now);
}
