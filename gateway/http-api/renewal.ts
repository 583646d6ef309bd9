// Renewal: proven here to be by the pinned key of a host, before anything is counted that others count in, and then passed on
// to the controller, which checks it again. How the connection was admitted makes no difference.
import type { IncomingMessage } from 'node:http';
import { GATEWAY_PATHS, SignedRequest, type SignedAnswer } from '../../api/gateway.ts';
import { openRenewRequest } from '../../common/enrollment/messages.ts';
import { ByoError } from '../../common/errors.ts';
import { AUDIT_ACTIONS } from '../audit.ts';
import type { HostDirectory } from '../host-index.ts';
import { RateLimiter, Semaphore, type Limits } from '../limits.ts';
import type { Peer } from '../peer.ts';
import { MAX_SIGNED_REQUEST, takeSlot, whyOf, type EnrollmentOptions } from './enrollment.ts';
import { passOn } from './pass-on.ts';
import { Refusal, refuse } from './problem.ts';
import { readBody } from './read-body.ts';

export type RenewalOptions = EnrollmentOptions & { directory: HostDirectory };
export type Renewal = (request: IncomingMessage, address: string) => Promise<SignedAnswer>;

/** @throws Refusal of the gateway, or the controller's own word for word */
export function createRenewal(options: RenewalOptions): Renewal {
  const { limits, audit, directory } = options;
  const count = countRenewals(limits);
  const semaphore = new Semaphore(limits.renewInFlightPerHost, limits.renewInFlight);
  return async (request, address) => {
    let peer: Peer | undefined;
    try {
      const body = await readBody(request, SignedRequest, MAX_SIGNED_REQUEST);
      peer = await findProven(directory, body.request, address);
      if (!peer) throw refuse('RenewalRefused');
      const { hostID } = peer;
      const answer = await count(hostID, () =>
        takeSlot(semaphore, hostID, () => passOn(options, { path: GATEWAY_PATHS.renew, body })),
      );
      audit({ act: AUDIT_ACTIONS.renew, outcome: 'allowed', peer });
      return answer;
    } catch (error) {
      audit({ act: AUDIT_ACTIONS.renew, outcome: 'denied', ...(peer ? { peer } : { address }), why: whyOf(error) });
      throw error;
    }
  };
}

type Counting = <T>(hostID: string, run: () => Promise<T>) => Promise<T>;

/**
 * Runs what the rates of a host allow. A renewal that the controller has not answered is none: while the controller is away,
 * or a site comes back as a whole, a host must not use up what it may and then wait for minutes after all is well again.
 * @throws Refusal `RateExceeded`
 */
function countRenewals(limits: Limits): Counting {
  const tries = new RateLimiter(limits.renewTriesPerHost, limits.rateKeys);
  const answered = new RateLimiter(limits.renewPerHost, limits.rateKeys);
  return async (hostID, run) => {
    const now = performance.now();
    const wait = tries.take(hostID, now) || answered.take(hostID, now);
    if (wait > 0) throw refuse('RateExceeded', wait);
    try {
      return await run();
    } catch (error) {
      if (isUnanswered(error)) answered.giveBack(hostID);
      throw error;
    }
  };
}

/** No place was free, or nobody answered as he should: the host is told to try again. */
const isUnanswered = (error: unknown): boolean => error instanceof Refusal && error.retrySeconds !== undefined;

/** The host whose pinned key has signed the request; undefined when that is none. */
async function findProven(directory: HostDirectory, request: string, address: string): Promise<Peer | undefined> {
  try {
    const { payload, tlsKey } = await openRenewRequest(request);
    const host = directory.find(payload.hostID, tlsKey.kid);
    if (!host) return undefined;
    const { hostID, namespace, name } = host;
    return { hostID, namespace, name, keyID: tlsKey.kid, address };
  } catch (error) {
    if (error instanceof ByoError) return undefined;
    throw error;
  }
}
