// When the certificate of this host is renewed: by the time of those who judge it, and by the time that has passed.
import { X509Certificate } from 'node:crypto';

/**
 * `random` in [0, 1), drawn once for each certificate. `sinceRenewal`: milliseconds of the monotonic clock since this process
 * last renewed, undefined when it has not. `serverNow`: milliseconds since the epoch by the gateway, if known. `isRefused`:
 * the gateway has refused the certificate.
 */
export type RenewalSituation = {
  certificate: string;
  random: number;
  sinceRenewal?: number | undefined;
  serverNow?: number | undefined;
  isRefused: boolean;
};

const LONGEST_REST = 10 * 60_000;

/**
 * Pure: milliseconds until the renewal, 0 when it is due; Infinity while nothing is known by which to tell. At half of
 * the certificate's life, a fifth of that sooner or later, and at once when it is refused or has not begun yet. However wrong
 * a clock is: two renewals never come close after each other.
 */
export function decideRenewal(situation: RenewalSituation): number {
  const { certificate, random, sinceRenewal, serverNow, isRefused } = situation;
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  const from = validFromDate.getTime();
  const life = validToDate.getTime() - from;
  const share = (life / 2) * (0.8 + 0.4 * random);
  const byPassed = sinceRenewal === undefined ? Infinity : share - sinceRenewal;
  const wanted = isRefused ? 0 : Math.min(byPassed, decideByServer(from, share, serverNow));
  const rest = sinceRenewal === undefined ? 0 : Math.min(LONGEST_REST, life / 20) - sinceRenewal;
  return Math.max(0, wanted, rest);
}

function decideByServer(from: number, share: number, now: number | undefined): number {
  if (now === undefined) return Infinity;
  return now < from ? 0 : from + share - now;
}
