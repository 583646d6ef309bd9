// Every cap of the gateway but those of the Temporal proxy, and the two ways to keep one: a bucket and a count.
import { fullBucket, takeTokens, type Bucket, type Rate } from '../common/token-bucket.ts';

/** Milliseconds, bytes and numbers; `…PerAddress` counts an IPv4 address or an IPv6 /64 as one, `…PerNet` an IPv6 /48. */
export type Limits = typeof LIMITS;
export const LIMITS = {
  /** From TCP accept to the end of the TLS handshake. */
  handshakeMs: 10_000,
  handshakesPerAddress: 256,
  handshakesPerNet: 512,
  handshakes: 1024,
  /**
   * Who has begun within this makes no room. Once the burst of an address is spent, its rate below fills no cap with such young
   * ones: a newcomer always finds a place, and keeps it for two seconds and a half whatever its own address begins.
   */
  handshakeGraceMs: 1000,
  /** New connections a second: a site behind one address reconnects as a whole after an outage. */
  connectPerAddress: { perSecond: 100, burst: 400 },
  connectPerNet: { perSecond: 400, burst: 1600 },
  /** Connections that show no host certificate: enrollment, and strangers. */
  strangersPerAddress: 32,
  strangersPerNet: 128,
  strangers: 256,
  /** As for handshakes: a hundred a second fill the cap of an address in more than this. */
  strangerGraceMs: 250,
  /** A stranger says what it has to say within this. */
  strangerMs: 30_000,
  /** Connections with the pinned key of a host in a certificate that has ended: they renew. */
  renewingPerHost: 2,
  renewing: 512,
  temporalSocketsPerHost: 2,
  httpSocketsPerHost: 4,
  enrollPerAddress: { perSecond: 1, burst: 5 },
  enrollPerNet: { perSecond: 4, burst: 20 },
  enroll: { perSecond: 20, burst: 20 },
  enrollInFlight: 32,
  /** Of renewals, each proven to be by the pinned key of its host: no stranger has a part in these. */
  renewPerHost: { perSecond: 1 / 60, burst: 5 },
  /** Those that came to no answer as well: as often as a host is told to come back meanwhile. */
  renewTriesPerHost: { perSecond: 0.2, burst: 5 },
  renewInFlightPerHost: 1,
  renewInFlight: 32,
  reportPerHost: { perSecond: 1, burst: 10 },
  leasePerHost: { perSecond: 0.2, burst: 5 },
  /** Requests that wait for the API server. */
  writesPerHost: 2,
  writes: 128,
  downloadsPerHost: 2,
  downloads: 64,
  /** How many addresses or hosts a rate is kept for. */
  rateKeys: 20_000,
};

/** Token buckets, one a key; a key unseen for long starts full again. `now` in milliseconds. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #rate: Rate;
  readonly #maxKeys: number;

  constructor(rate: Rate, maxKeys = LIMITS.rateKeys) {
    this.#rate = rate;
    this.#maxKeys = maxKeys;
  }

  /** Takes one; 0 when there was one, else the seconds until there is. */
  take(key: string, now: number): number {
    const seconds = now / 1000;
    const { taken, bucket } = takeTokens(
      this.#buckets.get(key) ?? fullBucket(this.#rate, seconds),
      this.#rate,
      seconds,
    );
    // Put back as the newest, so that what is forgotten first was used last the longest ago.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const oldest = this.#buckets.keys().next();
    if (this.#buckets.size > this.#maxKeys && !oldest.done) this.#buckets.delete(oldest.value);
    return taken ? 0 : (1 - bucket.tokens) / this.#rate.perSecond;
  }

  /** One that was taken and has come to nothing; never more than the burst. */
  giveBack(key: string): void {
    const bucket = this.#buckets.get(key);
    // Forgotten meanwhile, it starts full anyway.
    if (bucket) bucket.tokens = Math.min(this.#rate.burst, bucket.tokens + 1);
  }
}

/** Counts what is under way, per key and in all. */
export class Semaphore {
  readonly #perKey: number;
  readonly #all: number;
  readonly #taken = new Map<string, number>();
  #count = 0;

  constructor(perKey: number, all: number) {
    this.#perKey = perKey;
    this.#all = all;
  }

  get count(): number {
    return this.#count;
  }

  /** A function that gives the slot back (calling it twice is one), or undefined when there is none. */
  take(key: string): (() => void) | undefined {
    const mine = this.#taken.get(key) ?? 0;
    if (mine >= this.#perKey || this.#count >= this.#all) return undefined;
    this.#taken.set(key, mine + 1);
    this.#count += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#count -= 1;
      const left = (this.#taken.get(key) ?? 1) - 1;
      if (left > 0) this.#taken.set(key, left);
      else this.#taken.delete(key);
    };
  }
}
