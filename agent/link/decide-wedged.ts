// Whether this agent looks alive and does nothing: the gateway hears of it every minute, but nobody polls.

/** Seconds. A poll that is answered empty is followed by the next at once; after this, none will come any more. */
export const LONGEST_WITHOUT_POLL = 150;

/**
 * `secondsSincePoll` is the gateway's view; `linkedSeconds` is how long leases have gone through without a failure. Both
 * must be long: an agent that has just found its gateway again, or has just started, is given the time to poll. `null`
 * (this gateway never saw a poll, another may have) says nothing.
 */
export function isWedged(seen: { secondsSincePoll: number | null; linkedSeconds: number }): boolean {
  if (seen.secondsSincePoll === null) return false;
  return Math.min(seen.secondsSincePoll, seen.linkedSeconds) > LONGEST_WITHOUT_POLL;
}
