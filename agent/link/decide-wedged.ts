// Whether this agent looks alive and does nothing: the gateway hears of it every minute, but nobody asks for work.

/**
 * Seconds. A poll that is answered empty after a minute is followed by the next at once, and work tells of itself more
 * often than that; after this, no call will come any more.
 */
const LONGEST_WITHOUT_CALL = 150;

/**
 * `secondsSinceCall` is since the SDK has begun its last call, in our own tunnel: a gateway cannot tell, since the poll may
 * stand at another one. `linkedSeconds` is how long leases have gone through without a failure: both must be long, so that
 * an agent that has just found its gateway again, or has just started, is given the time to poll. `secondsSincePoll` is
 * what the gateway that answers has seen; a poll that is open there is one, whatever we think.
 */
export type SeenCalls = { secondsSinceCall: number; linkedSeconds: number; secondsSincePoll: number | null };

export function isWedged(seen: SeenCalls, longest = LONGEST_WITHOUT_CALL): boolean {
  return seen.secondsSincePoll !== 0 && Math.min(seen.secondsSinceCall, seen.linkedSeconds) > longest;
}
