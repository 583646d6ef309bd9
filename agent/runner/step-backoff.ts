// How long a step that failed waits before it looks again.
import type { BackoffBounds } from '../../common/backoff.ts';

/** Never less than a second: what holds a step up (a lock, a service that starts) is seldom gone sooner. */
export const STEP_BACKOFF: BackoffBounds = { first: 2000, longest: 30_000, surely: 1000 };
