// Every duration and retry of the workflow, each with its reason.
import type { ActivityOptions } from '@temporalio/common';
import type { Verb } from '../api/steps.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Activities beside the controller: one or two calls of the Kubernetes API, so 30 s is long. Retried for two minutes
 * alone: who waits inside an activity is deaf to deletion, pause and news, so the workflow waits, and says for what.
 */
export const CLUSTER_OPTIONS = {
  startToCloseTimeout: 30 * SECOND,
  scheduleToCloseTimeout: 2 * MINUTE,
  retry: { initialInterval: SECOND, backoffCoefficient: 2, maximumInterval: 30 * SECOND },
} satisfies ActivityOptions;

/** After activities beside the controller have failed; short, since nobody signals that an API server is back. */
export const ACTIVITY_AGAIN_FIRST = 5 * SECOND;
export const ACTIVITY_AGAIN_LONGEST = 5 * MINUTE;

/** The longest that one attempt may honestly take; a slow link is honest, a silent host is caught by its heartbeat. */
export const LONGEST_ATTEMPT: Record<Verb, number> = {
  install: 12 * HOUR,
  join: 6 * HOUR,
  drain: 25 * HOUR,
  reset: 6 * HOUR,
};

/**
 * Activities on a host. A heartbeat every 60 s at the least tells a dead link from slow work; the retry then attaches to
 * the operation, which went on meanwhile, so retries are unlimited and quick. TRY_CANCEL: deletion must not wait for a
 * host that cannot hear.
 */
export const HOST_OPTIONS = {
  heartbeatTimeout: MINUTE,
  retry: { initialInterval: SECOND, backoffCoefficient: 2, maximumInterval: 30 * SECOND },
  cancellationType: 'TRY_CANCEL',
} satisfies ActivityOptions;

/** How long a task may lie in the queue of a host before we say that the host is offline. */
export const OFFLINE_AFTER = 2 * MINUTE;

/**
 * Once it is known to be offline: a host that returns takes the task at once, however long it lay, so it may lie for as
 * long as the order in it is good (60 min), and the history of a machine whose host is away hardly grows.
 */
export const OFFLINE_STILL_AFTER = 50 * MINUTE;

/** A signal wakes every wait at once; these only cover signals that were lost. */
export const RESYNC_FIRST = MINUTE;
export const RESYNC_LONGEST = 10 * MINUTE;

/** Ready and held machines wait for long, and nothing is done there but look. */
export const RESYNC_AT_REST = HOUR;

/** The first failed step may be tried again at the next signal; the next ones wait ever longer, at most this long. */
export const RETRY_STEP = 5 * SECOND;
export const RETRY_LONGEST = 10 * MINUTE;

/** A host that is not proven clean waits for a person, who says so when it is: each try is an event of a long history. */
export const UNCLEAN_FIRST = MINUTE;
export const UNCLEAN_LONGEST = 2 * HOUR;

/** Whole bootstraps tried again on the same host after the first one failed (docs/design.md §5). */
export const BOOTSTRAP_RETRIES = 2;
