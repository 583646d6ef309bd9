// The name of a new ByoHost: the hostname is a wish, and identity never depends on it.

/** Longest base, so that a suffix and the prefix of the host's Lease still fit any Kubernetes name and label. */
const MAX = 50;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/**
 * A DNS-1123 name out of a hostname, whatever that holds; when `isTaken` says so, a part of the host id is added, and at
 * last the whole of it. Names are compared exactly: `a` is never `A`, `a.` or a twin in another script.
 */
export function decideHostName(hostname: string, hostID: string, isTaken: (name: string) => boolean): string {
  const base = baseOf(hostname);
  const candidates = [base, `${base}-${hostID.slice(0, 8)}`];
  return candidates.find((name) => !isTaken(name)) ?? `${base}-${hostID}`;
}

function baseOf(hostname: string): string {
  const lower = hostname.toLowerCase();
  if (lower.length <= MAX && SUBDOMAIN.test(lower)) return lower;
  const kept = lower
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX)
    .replace(/^-+|-+$/g, '');
  return kept === '' ? 'host' : kept;
}
