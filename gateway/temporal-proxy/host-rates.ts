// How often each host calls, and how much it sends: a bucket for long polls, one for everything else, and one for the
// bytes of both, refused calls included.
import type { TemporalLimits } from './limits.ts';
import { fullBucket, takeTokens, type Bucket, type Rate } from '../../common/token-bucket.ts';

type Kind = 'polls' | 'calls';
type Rates = Record<Kind | 'bytes', Rate>;
type State = Record<Kind | 'bytes', Bucket> & { throttled: boolean };

/** Far more than a gateway can hold connections of. */
const HOSTS_AT_MOST = 20_000;

export type HostRates = {
  /** Takes from the host's buckets. `first` tells the first refusal after a success, so that a flood is one record. */
  take(hostID: string, kind: Kind, bytes: number): { taken: boolean; first: boolean };
};

/** `now` in seconds of a monotonic clock. */
export function createHostRates(limits: TemporalLimits, now: () => number): HostRates {
  const rates = ratesOf(limits);
  const states = new Map<string, State>();
  const stateOf = (hostID: string): State => {
    const known = states.get(hostID);
    if (known) return known;
    const [oldest] = states.size >= HOSTS_AT_MOST ? states.keys() : [];
    if (oldest !== undefined) states.delete(oldest);
    return fullState(rates, now());
  };
  return {
    take: (hostID, kind, bytes) => {
      const state = stateOf(hostID);
      const one = takeTokens(state[kind], rates[kind], now());
      // Charged whether the call is served or not. No call is larger than the burst, or it could never be served.
      const sent = takeTokens(state.bytes, rates.bytes, now(), Math.min(bytes, rates.bytes.burst));
      const taken = one.taken && sent.taken;
      const first = !taken && !state.throttled;
      states.set(hostID, { ...state, [kind]: one.bucket, bytes: sent.bucket, throttled: !taken });
      return { taken, first };
    },
  };
}

function fullState({ calls, polls, bytes }: Rates, now: number): State {
  return {
    calls: fullBucket(calls, now),
    polls: fullBucket(polls, now),
    bytes: fullBucket(bytes, now),
    throttled: false,
  };
}

function ratesOf(limits: TemporalLimits): Rates {
  return {
    calls: { perSecond: limits.callsPerSecond, burst: limits.callsBurst },
    polls: { perSecond: limits.pollsPerSecond, burst: limits.pollsBurst },
    bytes: { perSecond: limits.bytesPerSecond, burst: limits.bytesBurst },
  };
}
