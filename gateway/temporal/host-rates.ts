// How often each host calls: one bucket for long polls, one for everything else, refused calls included.
import type { TemporalLimits } from './limits.ts';
import { fullBucket, takeToken, type Bucket } from './token-bucket.ts';

type Kind = 'polls' | 'calls';
type State = Record<Kind, Bucket> & { throttled: boolean };

/** Far more than a gateway can hold connections of. */
const HOSTS_AT_MOST = 20_000;

export type HostRates = {
  /** Takes from the host's bucket. `first` tells the first refusal after a success, so that a flood is one record. */
  take(hostID: string, kind: Kind): { taken: boolean; first: boolean };
};

/** `now` in seconds of a monotonic clock. */
export function createHostRates(limits: TemporalLimits, now: () => number): HostRates {
  const rates = {
    calls: { perSecond: limits.callsPerSecond, burst: limits.callsBurst },
    polls: { perSecond: limits.pollsPerSecond, burst: limits.pollsBurst },
  };
  const states = new Map<string, State>();
  const stateOf = (hostID: string): State => {
    const known = states.get(hostID);
    if (known) return known;
    const [oldest] = states.size >= HOSTS_AT_MOST ? states.keys() : [];
    if (oldest !== undefined) states.delete(oldest);
    const fresh = { calls: fullBucket(rates.calls, now()), polls: fullBucket(rates.polls, now()), throttled: false };
    states.set(hostID, fresh);
    return fresh;
  };
  return {
    take: (hostID, kind) => {
      const state = stateOf(hostID);
      const { taken, bucket } = takeToken(state[kind], rates[kind], now());
      const first = !taken && !state.throttled;
      states.set(hostID, { ...state, [kind]: bucket, throttled: !taken });
      return { taken, first };
    },
  };
}
